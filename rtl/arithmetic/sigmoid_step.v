// 1 / (1 + exp(-x)) in three steps of a lane's units. Combinational.
//
//   step  operation  the unit's result, which running_i is in the next step
//   0     exp        exp(-x)
//   1     add        1 + running
//   2     divide     1 / running: the result
//
// Operations of all *_step modules: 0 macc (a * b + sum in fp32), 1 add (a + b), 2 subtract (a - b), 3 exp (of a),
// 4 divide (a / b).
module sigmoid_step (
  input  logic [2:0]  step_i,
  input  logic [31:0] x_i,
  input  logic [31:0] running_i,
  output logic [2:0]  operation_o,
  output logic [31:0] a_o,
  output logic [31:0] b_o,
  output logic        last_o
);

  localparam logic [31:0] One = 32'h3f80_0000;

  assign last_o = step_i == 3'd2;

  always_comb begin
    case (step_i)
      3'd0:    {operation_o, a_o, b_o} = {3'd3, x_i ^ 32'h8000_0000, 32'h0};
      3'd1:    {operation_o, a_o, b_o} = {3'd1, One, running_i};
      default: {operation_o, a_o, b_o} = {3'd4, One, running_i};
    endcase
  end

`ifdef VERILATOR
  always_comb assert (step_i <= 3'd2);
`endif

endmodule
