"""Home (工作台): what is due, what waits, what the county answered."""
