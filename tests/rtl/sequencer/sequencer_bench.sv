// Instructions of random length whose tokens come at random: each starts at the later of the unit being free and its
// tokens being there, holds the unit for its length, and posts where it says.
module sequencer_bench;
  logic        clk = 0, rst = 1, valid = 0, last;
  logic [3:0]  waits = 0, end_posts = 0, offset_posts = 0, available = 0, take, post;
  logic [15:0] offset = 0;
  logic        pop, start, active;
  sequencer #(.Channels(4)) u_sequencer (
    .clk_i(clk), .rst_i(rst), .valid_i(valid), .waits_i(waits), .end_posts_i(end_posts), .offset_posts_i(offset_posts),
    .offset_i(offset), .pop_o(pop), .available_i(available), .take_o(take), .post_o(post), .start_o(start),
    .active_o(active), .last_i(last)
  );

  int  length, elapsed, errors = 0, done = 0, cycle;
  logic running = 0, starts;
  assign last = active && elapsed == length - 1;

  task expect_bits(input logic [3:0] got, input logic [3:0] wanted);
    if (got !== wanted) errors = errors + 1;
  endtask

  task next_instruction;
    length = 1 + $urandom % 5;
    waits = 4'($urandom);
    end_posts = 4'($urandom);
    offset_posts = 4'($urandom);
    offset = 16'(1 + $urandom % length);
    valid = 1;
  endtask

  initial begin
    #1 clk = 1;
    #1 clk = 0;
    rst = 0;
    elapsed = 0;
    next_instruction;
    for (cycle = 0; cycle < 5000; cycle = cycle + 1) begin
      available = 4'($urandom | $urandom);
      #1;
      starts = !running && (waits & ~available) == 0;
      if (starts) elapsed = 0;
      #1;
      expect_bits({3'b0, start}, {3'b0, starts});
      expect_bits({3'b0, active}, {3'b0, starts || running});
      expect_bits(take, starts ? waits : 4'b0);
      running = starts || running;
      expect_bits({3'b0, pop}, {3'b0, running && elapsed == length - 1});
      expect_bits(post, running ? (elapsed == length - 1 ? end_posts : 4'b0) |
                                  (elapsed + 1 == int'(offset) ? offset_posts : 4'b0) : 4'b0);
      #1 clk = 1;
      #1;
      if (running) elapsed = elapsed + 1;
      if (running && elapsed == length) begin
        running = 0;
        elapsed = 0;
        done = done + 1;
        next_instruction;
      end
      #1 clk = 0;
    end
    if (errors == 0 && done > 500) $display("PASSED %0d instructions", done);
    else $display("FAILED %0d errors in %0d instructions", errors, done);
    $finish;
  end
endmodule
