//! The host's word from the terminal: `commons guests` reaches the running node, which rings here.

use tokio::sync::mpsc::Receiver;

use super::Guests;
use crate::board::Board;
use crate::control::{GuestsAnswer, GuestsAsked};
use crate::driver::Ring;

/// Does what is asked of the guests' door, for as long as the node asks.
pub(in crate::board) async fn answer(board: Board, mut rings: Receiver<Ring>) {
    while let Some((asked, answer)) = rings.recv().await {
        // Whoever asked may have gone.
        let _ = answer.send(obey(&board, asked));
    }
}

fn obey(board: &Board, asked: GuestsAsked) -> GuestsAnswer {
    match asked {
        GuestsAsked::On { address } => match Guests::open(board, address) {
            Ok(status) => GuestsAnswer::Stands(status),
            Err(error) => GuestsAnswer::Failed { message: error.to_string() },
        },
        GuestsAsked::Off => {
            board.guests().close();
            GuestsAnswer::Stands(board.guests().status())
        }
        GuestsAsked::Status => GuestsAnswer::Stands(board.guests().status()),
    }
}
