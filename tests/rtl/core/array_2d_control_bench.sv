// Random instructions: the control word of each cycle, and which cycle is the last, from the instruction in closed form.
module array_2d_control_bench;
  import pe_control_pkg::*;
  logic        clk = 0, rst = 1, start = 0, active = 0, last;
  logic        masked = 0, first = 0, write = 0, scaled = 0;
  pe_op_e      op = PeIdle;
  logic [3:0]  from = 0, to = 0;
  logic [15:0] steps = 1, left = 0, top = 0, lane = 0;
  logic [4:0]  rows = 0, columns = 0;
  pe_control_t control, wanted;
  array_2d_control u_control (
    .clk_i(clk), .rst_i(rst), .start_i(start), .active_i(active), .op_i(op), .steps_i(steps), .masked_i(masked),
    .first_i(first), .write_i(write), .scaled_i(scaled), .from_i(from), .to_i(to), .left_i(left), .top_i(top),
    .lane_i(lane), .rows_i(rows), .columns_i(columns), .drains_i(1'b0), .last_o(last), .control_o(control)
  );

  integer cycle, elapsed = 0, length = 1, errors = 0, done = 0, step;
  logic   is_exp, selects;
  initial begin
    #1 clk = 1;
    #1 clk = 0;
    rst = 0;
    for (cycle = 0; cycle < 5000 && errors < 20; cycle = cycle + 1) begin
      start = 0;
      if (!active && $urandom % 4 != 0) begin
        case ($urandom % 5)
          0:       op = PeMacc;
          1:       op = PeReduceMax;
          2:       op = PeReduceAdd;
          3:       op = PeReduceMacc;
          default: op = PeSubtract;
        endcase
        is_exp = op == PeSubtract;
        masked = !is_exp && $urandom % 2 == 0;
        steps = is_exp ? 16'd1 : 16'(1 + $urandom % 9);
        {first, write, scaled, from, to, left, top, lane, rows, columns} = {$urandom, $urandom, $urandom};
        length = is_exp ? 7 : 32'(steps) + 32'(masked);
        start = 1;
        active = 1;
        elapsed = 0;
      end
      #1;
      wanted = 0;
      if (active) begin
        selects = masked && elapsed == length - 1;
        step = is_exp ? 0 : elapsed;
        wanted.op       = op;
        if (is_exp && elapsed > 0) wanted.op = PeExp;
        if (selects) wanted.op = PeSelect;
        wanted.exp_step = is_exp && elapsed > 0 ? 3'(elapsed - 1) : 3'd0;
        wanted.first    = first && step == 0 && !selects;
        wanted.resumes  = op == PeMacc && !first && step == 0 && !selects;
        wanted.write    = selects || (write && elapsed == length - 1 - 32'(masked));
        wanted.scaled   = scaled && !selects;
        wanted.from     = from;
        wanted.to       = to;
        wanted.left     = left + 16'(step);
        wanted.top      = top + 16'(step);
        wanted.lane     = lane + 16'(step);
        wanted.rows     = rows;
        wanted.columns  = columns;
        if (last !== (elapsed == length - 1)) errors = errors + 1;
      end
      if (control !== wanted) begin
        errors = errors + 1;
        if (errors < 6) $display("op %0d, cycle %0d of %0d: %h for %h", op, elapsed, length, control, wanted);
      end
      #1 clk = 1;
      #1;
      elapsed = elapsed + 1;
      if (active && elapsed == length) begin
        active = 0;
        done = done + 1;
      end
      clk = 0;
    end
    if (errors == 0 && done > 500) $display("PASSED %0d instructions", done);
    else $display("FAILED %0d errors in %0d instructions", errors, done);
    $finish;
  end
endmodule
