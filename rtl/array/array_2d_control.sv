// Turns an instruction of the 2D array into one control word a cycle, for the PE in the corner. Its length comes from
// here: steps times the cycles of its function, and one more where masked scores are set to -inf. Where its results go to
// the lanes, they leave beside what follows: from its last cycle on one row a cycle.
module array_2d_control
  import pe_control_pkg::*;
(
  input  logic        clk_i,
  input  logic        rst_i,
  input  logic        start_i,       // the instruction's first cycle
  input  logic        active_i,
  // The instruction; it stays until last_o.
  input  pe_op_e      op_i,          // PeMacc, a reduction, or PeSubtract for exp(a - b)
  input  logic [15:0] steps_i,       // at least 1
  input  logic        masked_i,
  input  logic        first_i,       // the sum starts from 0, not from register `from`
  input  logic        write_i,       // the result goes to register `to`
  input  logic        scaled_i,
  input  logic [3:0]  from_i,
  input  logic [3:0]  to_i,
  input  logic [15:0] left_i,        // bank addresses of the first step; each further step adds 1
  input  logic [15:0] top_i,
  input  logic [15:0] lane_i,
  input  logic [4:0]  rows_i,
  input  logic [4:0]  columns_i,
  input  logic        drains_i,      // register `to` goes to the lanes, from lane_i on
  output logic        last_o,
  output pe_control_t control_o,
  output pe_drain_t   drain_o
);
  localparam logic [2:0] LastExpStep = 3'd6;

  logic [15:0] step_q, step;
  logic [2:0]  phase_q, phase;       // within exp: 0 is the subtraction
  logic        is_exp, ends_step, ends_steps, selects_q, selects;

  assign step       = start_i ? '0 : step_q;
  assign phase      = start_i ? '0 : phase_q;
  assign selects    = !start_i && selects_q;
  assign is_exp     = op_i == PeSubtract;
  assign ends_step  = !is_exp || phase == LastExpStep;
  assign ends_steps = ends_step && step == steps_i - 16'd1;
  assign last_o     = selects || (ends_steps && !masked_i);

  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      step_q    <= '0;
      phase_q   <= '0;
      selects_q <= 1'b0;
    end else if (active_i) begin
      step_q    <= ends_step ? step + 16'd1 : step;
      phase_q   <= ends_step ? '0 : phase + 3'd1;
      selects_q <= ends_steps && !selects;
    end
  end

  always_comb begin
    control_o = '0;
    if (active_i) begin
      control_o.op       = selects ? PeSelect : (phase != '0 ? PeExp : op_i);
      control_o.exp_step = phase == '0 ? '0 : phase - 3'd1;
      control_o.first    = first_i && step == '0 && !selects;
      control_o.resumes  = op_i == PeMacc && !first_i && step == '0 && !selects;
      control_o.write    = selects || (write_i && ends_steps);
      control_o.scaled   = scaled_i && !selects;
      control_o.from     = from_i;
      control_o.to       = to_i;
      control_o.left     = left_i + step;
      control_o.top      = top_i + step;
      control_o.lane     = lane_i + step;
      control_o.rows     = rows_i;
      control_o.columns  = columns_i;
    end
  end

  // Rows of the tile before that have yet to leave.
  pe_drain_t  drain_q;
  logic [4:0] waiting_q;
  logic       begins;
  assign begins = active_i && last_o && drains_i;
  always_comb begin
    drain_o       = drain_q;
    drain_o.valid = waiting_q != '0;
    if (begins) begin
      drain_o.valid   = 1'b1;
      drain_o.row     = '0;
      drain_o.from    = to_i;
      drain_o.lane    = lane_i;
      drain_o.columns = columns_i;
    end
  end
  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      drain_q   <= '0;
      waiting_q <= '0;
    end else begin
      drain_q      <= drain_o;
      drain_q.row  <= drain_o.row + 5'd1;
      drain_q.lane <= drain_o.lane + 16'd1;
      waiting_q    <= begins ? rows_i - 5'd1 : waiting_q != '0 ? waiting_q - 5'd1 : '0;
    end
  end

`ifndef SYNTHESIS
  // A column has one way out for what its PEs hand on.
  always_ff @(posedge clk_i) begin
    if (!rst_i) assert (!begins || waiting_q == '0);
  end

  // Masks and the exponential are of tiles that one PE holds one element of.
  always_ff @(posedge clk_i) begin
    if (!rst_i && active_i) begin
      assert (steps_i != '0);
      assert (!is_exp || (steps_i == 16'd1 && !masked_i));
    end
  end
`endif
endmodule
