# For the scripts that source it: the tools that a script needs. The script lists each in `tools`,
# as NAME|COMMAND, where the command installs it.

# Whether a tool is there. A script may define another one for tools that are no commands.
is_there() { command -v "$1" > /dev/null; }

# With `install`, installs what is missing, and ends. In CI, as root, installs it, too. Otherwise
# names what is missing, and fails.
need_tools() {
    if [ "${1:-}" = install ] || { [ "${CI:-}" = true ] && [ "$(id -u)" = 0 ]; }; then
        install_missing || exit 1
    fi
    local tool missing=
    for tool in "${tools[@]}"; do
        is_there "${tool%%|*}" && continue
        echo "missing: ${tool%%|*}. Install it: ${tool#*|}" >&2
        missing=yes
    done
    [ -z "$missing" ] || exit 1
    [ "${1:-}" != install ] || exit 0
}

install_missing() {
    local tool updated=
    for tool in "${tools[@]}"; do
        is_there "${tool%%|*}" && continue
        case ${tool#*|} in
            apt-get*) [ -n "$updated" ] || apt-get update -qq; updated=yes ;;
        esac
        # In a folder that cargo removes, and without debug information: that is quicker.
        env -u CARGO_TARGET_DIR DEBIAN_FRONTEND=noninteractive CARGO_PROFILE_DEV_DEBUG=0 \
            ${tool#*|} || return 1
    done
}
