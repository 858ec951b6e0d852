"""What every benchmark shares: the shape of a result, how it is shown, drawn and written down."""
