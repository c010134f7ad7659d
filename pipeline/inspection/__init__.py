"""`csi inspect`: what an export holds, column by column, and a mapping drafted for it."""
