// a + b of two finite numbers, rounded once to fp32: to nearest, ties to even, subnormal results to a zero of their
// sign, overflow to infinity.
//
// An operand is (-1)^sign * significand * 2^(exponent - 127 - (Width - 1)): its significand's top bit is 1, or all of it
// is 0 and its exponent not above the other's.
module sum_round #(
  parameter int Width      = 24,  // of the significands, at least 24
  parameter int ShiftWidth = 5    // 2^ShiftWidth >= Width + 4
) (
  input  logic              a_sign_i,
  input  logic signed [9:0] a_exponent_i,
  input  logic [Width-1:0]  a_significand_i,
  input  logic              b_sign_i,
  input  logic signed [9:0] b_exponent_i,
  input  logic [Width-1:0]  b_significand_i,
  output logic [31:0]       result_o
);

  localparam int Total = Width + 4;  // a carry, the significand, guard, round and sticky bits

  // The operand of the larger magnitude, and the other one shifted to its exponent.
  logic              swap, greater_sign, lesser_sign;
  logic signed [9:0] greater_exponent, lesser_exponent;
  logic [Width-1:0]  greater, lesser;
  logic [9:0]        distance;
  logic [Width+2:0]  aligned, lost;
  logic              sticky;

  assign swap = b_exponent_i > a_exponent_i ||
                (b_exponent_i == a_exponent_i && b_significand_i > a_significand_i);
  assign {greater_sign, greater_exponent, greater} = swap ? {b_sign_i, b_exponent_i, b_significand_i}
                                                    : {a_sign_i, a_exponent_i, a_significand_i};
  assign {lesser_sign, lesser_exponent, lesser} = swap ? {a_sign_i, a_exponent_i, a_significand_i}
                                                    : {b_sign_i, b_exponent_i, b_significand_i};
  assign distance        = greater_exponent - lesser_exponent;
  assign {aligned, lost} = {lesser, 3'b0, {(Width + 3) {1'b0}}} >> distance;
  assign sticky          = lost != '0 || (distance > 10'(Width + 3) && lesser != '0);

  // The sum, with its top bit at the carry's place.
  logic                  subtract;
  logic [Total-1:0]      sum, normal;
  logic [ShiftWidth-1:0] shift;
  logic signed [9:0]     exponent;

  assign subtract = greater_sign != lesser_sign;
  assign sum      = subtract ? {1'b0, greater, 3'b0} - {1'b0, aligned[Width+2:1], aligned[0] | sticky}
                             : {1'b0, greater, 3'b0} + {1'b0, aligned[Width+2:1], aligned[0] | sticky};
  assign exponent = greater_exponent + 10'sd1 - $signed({{(10 - ShiftWidth) {1'b0}}, shift});

  normalise #(.Width(Total), .ShiftWidth(ShiftWidth)) u_normalise (
    .value_i(sum),
    .value_o(normal),
    .shift_o(shift)
  );

  // Rounding: a carry out of the fraction raises the exponent.
  logic [23:0]       kept;
  logic              guard, rest, up;
  logic signed [9:0] rounded_exponent;
  logic [22:0]       fraction;
  logic [7:0]        field;
  logic [30:0]       magnitude;

  assign kept  = normal[Total-1-:24];
  assign guard = normal[Total-25];
  assign rest  = normal[Total-26:0] != '0;
`ifdef FAULT_ROUNDING
  assign up    = guard && (rest || !kept[0]);  // ties to odd: what the tests must find
`else
  assign up    = guard && (rest || kept[0]);
`endif
  assign {rounded_exponent, fraction} = {exponent, kept[22:0]} + {32'b0, up};

  assign field = rounded_exponent[7:0];

  always_comb begin
    if (sum == '0) magnitude = '0;
    else if (rounded_exponent >= 10'sd255) magnitude = {8'hff, 23'b0};
    else if (exponent >= 10'sd1) magnitude = {field, fraction};
    // Less than half a subnormal's unit below the smallest normal number: rounds to it.
    else if (exponent == 10'sd0 && kept == '1) magnitude = {8'h01, 23'b0};
    else magnitude = '0;
  end

  // An exact zero is positive unless both operands are negative.
  assign result_o = {sum == '0 ? a_sign_i && b_sign_i : greater_sign, magnitude};

`ifdef VERILATOR
  always_comb begin
    assert (a_significand_i[Width-1] || (a_significand_i == '0 && (a_exponent_i <= b_exponent_i || b_significand_i == '0)));
    assert (b_significand_i[Width-1] || (b_significand_i == '0 && (b_exponent_i <= a_exponent_i || a_significand_i == '0)));
    assert (result_o[30:23] != 8'h00 || result_o[22:0] == '0);  // no subnormal
    assert (result_o[30:23] != 8'hff || result_o[22:0] == '0);  // no NaN
  end
`endif

endmodule
