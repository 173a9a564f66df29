// p * 2^n in fp32: the last step of exp. Subnormal results are zeros, overflow is infinity. Combinational.
module exp_scale (
  input  logic [31:0]       p_i,
  input  logic signed [8:0] n_i,
  output logic [31:0]       result_o
);

  logic              sign, zero, infinite, nan;
  logic [7:0]        exponent;
  logic [23:0]       significand;
  logic signed [9:0] scaled;
  logic [7:0]        field;
  logic [22:0]       fraction;

  unpack #(.FractionBits(23)) u_unpack (
    .word_i       (p_i),
    .sign_o       (sign),
    .exponent_o   (exponent),
    .significand_o(significand),
    .zero_o       (zero),
    .infinite_o   (infinite),
    .nan_o        (nan)
  );

  assign scaled   = $signed({2'b0, exponent}) + {n_i[8], n_i};
  assign field    = scaled[7:0];
  assign fraction = significand[22:0];

  always_comb begin
    if (nan) result_o = 32'h7fc0_0000;
    else if (infinite || (!zero && scaled >= 10'sd255)) result_o = {sign, 8'hff, 23'b0};
    else if (!zero && scaled >= 10'sd1) result_o = {sign, field, fraction};
    // Half a subnormal's unit below the smallest normal number: rounds to it.
    else if (scaled == 10'sd0 && significand == '1) result_o = {sign, 8'h01, 23'b0};
    else result_o = {sign, 31'b0};
  end

`ifdef VERILATOR
  always_comb assert (nan || result_o[31] == p_i[31]);
`endif

endmodule
