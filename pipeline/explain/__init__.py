"""`csi explain`: how a published figure came about, and whether it can be worked out a second time."""
