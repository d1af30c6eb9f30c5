"""The tar itself: headers, members, the front record, the scan."""
