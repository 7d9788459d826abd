//! The script and its mistakes, the player, and the program.

mod built_in;
mod mistakes;
mod player;
mod program;
