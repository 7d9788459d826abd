//! A bag of deferred functions: what one thread has retired, on its way to the
//! destructors.
//!
//! A thread fills one bag at a time. A full bag goes through the epoch as one
//! object, and then into the queue of what has come due (`due.rs`).

use super::queue::Node;
use std::cell::Cell;
use std::mem::MaybeUninit;

/// A bag is full when it holds so many functions, or when these drop so many objects.
pub(super) const OBJECTS: usize = 64;

/// How many rooms of emptied bags a thread keeps. A room is the memory for the functions.
const ROOMS: usize = 16;

/// A function that is called once, on any thread. It takes two words: captures of more than
/// one word are boxed.
pub(super) struct Deferred {
    call: unsafe fn(*mut MaybeUninit<usize>),
    captures: MaybeUninit<usize>,
}

impl Deferred {
    /// # Safety
    ///
    /// What `function` captures may be sent to another thread, and does not end
    /// before the function is called.
    #[inline]
    pub(super) unsafe fn new<F: FnOnce()>(function: F) -> Self {
        let mut captures = MaybeUninit::uninit();
        let word: *mut MaybeUninit<usize> = &raw mut captures;
        let call = if size_of::<F>() <= size_of::<usize>() && align_of::<F>() <= align_of::<usize>()
        {
            // SAFETY: the word is long enough and aligned.
            unsafe { word.cast::<F>().write(function) };
            call::<F>
        } else {
            // SAFETY: a box is one word.
            unsafe { word.cast::<Box<F>>().write(Box::new(function)) };
            call::<Box<F>>
        };
        Self { call, captures }
    }

    /// Calls the function.
    pub(super) fn call(mut self) {
        // SAFETY: `new` wrote the captures of the function that `call` is for. They are read
        // once, as `self` is consumed.
        unsafe { (self.call)(&raw mut self.captures) };
    }
}

/// # Safety
///
/// The captures of an `F` stand there, and are not used again.
unsafe fn call<F: FnOnce()>(captures: *mut MaybeUninit<usize>) {
    // SAFETY: our caller promised that the captures of an `F` stand there, and that this is
    // their only use.
    let function = unsafe { captures.cast::<F>().read() };
    function();
}

/// How much was retired.
#[derive(Clone, Copy, Default)]
pub(super) struct Amount {
    pub(super) objects: usize,
    pub(super) bytes: usize,
}

/// Functions that come due together.
pub(super) struct Bag {
    /// In the order in which they were added.
    functions: Vec<Deferred>,
    /// How many objects of the user's they drop.
    objects: usize,
    /// What they free, destructors or not.
    amount: Amount,
    /// Whether it stands for the beginning of a grace period.
    is_mark: bool,
}

// SAFETY: what a function captures may be sent: the caller of `Deferred::new` promised that.
unsafe impl Send for Bag {}

impl Bag {
    fn empty(room: Vec<Deferred>) -> Box<Node<Self>> {
        Box::new(Node::new(Self {
            functions: room,
            objects: 0,
            amount: Amount::default(),
            is_mark: false,
        }))
    }

    /// A mark.
    pub(super) fn mark() -> Box<Node<Self>> {
        let mut node = Self::empty(Vec::new());
        node.item().is_mark = true;
        node
    }

    pub(super) fn is_mark(&self) -> bool {
        self.is_mark
    }

    /// A bag of one function, which drops so many objects and frees that amount.
    pub(super) fn of(function: Deferred, objects: usize, amount: Amount) -> Box<Node<Self>> {
        let mut node = Self::empty(Vec::with_capacity(1));
        node.item().add(function, objects, amount);
        node
    }

    fn add(&mut self, function: Deferred, objects: usize, amount: Amount) {
        if self.functions.len() == self.functions.capacity() {
            // Many bags have a single function: a batch of blocks, or what was left at the
            // end of a thread.
            let more = if self.functions.is_empty() {
                1
            } else {
                OBJECTS
            };
            self.functions.reserve_exact(more);
        }
        self.functions.push(function);
        self.objects += objects;
        self.amount.objects += amount.objects;
        self.amount.bytes += amount.bytes;
    }

    fn is_full(&self) -> bool {
        self.functions.len() == OBJECTS || self.objects >= OBJECTS
    }

    /// How many objects of the user's its functions drop.
    pub(super) fn objects(&self) -> usize {
        self.objects
    }

    /// What its functions free.
    pub(super) fn amount(&self) -> Amount {
        self.amount
    }

    /// How many functions it has.
    pub(super) fn len(&self) -> usize {
        self.functions.len()
    }

    pub(super) fn into_functions(self) -> Vec<Deferred> {
        self.functions
    }
}

/// The bag that one thread is filling.
#[derive(Default)]
pub(super) struct Filling {
    bag: Cell<Option<Box<Node<Bag>>>>,
    /// The rooms of bags that this thread has emptied, for its next ones. A grace period
    /// ends for several bags at once.
    rooms: Cell<Vec<Vec<Deferred>>>,
}

impl Filling {
    /// Adds a function, which drops so many objects and frees that amount. The result is
    /// a bag that has to be handed over: this one, if it is full now, or one that an
    /// allocator began meanwhile.
    ///
    /// Nothing is borrowed while memory is allocated: an allocator that uses a map calls
    /// this function meanwhile. It finds no bag, and begins one of its own.
    #[inline]
    pub(super) fn add(
        &self,
        function: Deferred,
        objects: usize,
        amount: Amount,
    ) -> Option<Box<Node<Bag>>> {
        let node = self.bag.take();
        let mut node = node.unwrap_or_else(|| self.next());
        let bag = node.item();
        bag.add(function, objects, amount);
        if bag.is_full() {
            return Some(node);
        }
        self.bag.replace(Some(node))
    }

    #[cold]
    fn next(&self) -> Box<Node<Bag>> {
        let mut rooms = self.rooms.take();
        let room = rooms.pop().unwrap_or_default();
        self.rooms.set(rooms);
        Bag::empty(room)
    }

    /// Keeps the room of an emptied bag.
    pub(super) fn keep(&self, room: Vec<Deferred>) {
        let mut rooms = self.rooms.take();
        if rooms.len() < ROOMS {
            rooms.push(room);
        }
        self.rooms.set(rooms);
    }

    /// Gives the rooms back.
    pub(super) fn give_rooms_back(&self) {
        drop(self.rooms.take());
    }

    /// The bag as it is, if there is one.
    pub(super) fn take(&self) -> Option<Box<Node<Bag>>> {
        self.bag.take()
    }
}
