// Shifts a value left until its top bit is 1, and says by how many places; a zero stays one.
module normalise #(
  parameter int Width      = 28,
  parameter int ShiftWidth = 5   // 2^ShiftWidth >= Width
) (
  input  logic [Width-1:0]      value_i,
  output logic [Width-1:0]      value_o,
  output logic [ShiftWidth-1:0] shift_o
);

  // Halving: where the top 2^k bits are 0, shift by 2^k.
  always_comb begin
    value_o = value_i;
    shift_o = '0;
    for (int k = ShiftWidth - 1; k >= 0; k--) begin
      if ((1 << k) < Width && (value_o >> (Width - (1 << k))) == '0) begin
        value_o    = value_o << (1 << k);
        shift_o[k] = 1'b1;
      end
    end
  end

`ifdef VERILATOR
  always_comb begin
    assert (value_o[Width-1] || value_i == '0);
    assert ((value_o >> shift_o) == value_i);
  end
`endif

endmodule
