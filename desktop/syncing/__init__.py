"""The village's side of a sync: store, timer, button, receipts."""
