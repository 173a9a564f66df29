
  // What the instruction at hand has done: whether it runs, for how long, and what it posted at its offset.
  logic       runs_q, was_reset_q = 1'b0, posted_q, begins;
  logic [7:0] cycles_q;
  logic       goes_on_q;
  logic [3*Channels+OffsetWidth-1:0] instruction, instruction_q;
  assign instruction = {waits_i, end_posts_i, offset_posts_i, offset_i};
  assign begins = valid_i && !runs_q && (waits_i & ~available_i) == '0;
  always @(posedge clk_i) begin
    was_reset_q   <= 1'b1;
    goes_on_q     <= !rst_i && valid_i && !pop_o;
    instruction_q <= instruction;
    runs_q        <= !rst_i && (begins || runs_q) && !last_i;
    cycles_q      <= rst_i || pop_o ? 8'd0 : cycles_q + 8'(active_o);
    posted_q      <= !rst_i && !pop_o && (posted_q || (active_o && elapsed == offset_i));
  end

  always @* begin
    assume (rst_i == !was_reset_q);
    if (was_reset_q) begin
      // The host keeps an instruction until it is popped, the unit ends it within the width of the offset.
      assume (!goes_on_q || (valid_i && instruction == instruction_q));
      assume (!begins || offset_i != '0);
      assume (cycles_q < 2 ** OffsetWidth - 1);
      // It starts at once when the unit is free and all its tokens are there, and never else; it takes them then.
      assert (start_o == begins);
      assert (take_o == (begins ? waits_i : '0));
      assert ((take_o & ~available_i) == '0);
      assert (active_o == (begins || runs_q));
      // One pop for each start: it ends what runs, in its last cycle.
      assert (pop_o == ((begins || runs_q) && last_i));
      assert (!(start_o && runs_q));
      // Tokens are posted at the end, and once at the offset.
      assert ((post_o & ~end_posts_i & ~offset_posts_i) == '0);
      assert (!pop_o || (post_o & end_posts_i) == end_posts_i);
      assert (pop_o || post_o == (active_o && cycles_q + 8'd1 == 8'(offset_i) ? offset_posts_i : '0));
      assert (!posted_q || elapsed != offset_i);
      // What the proof by induction needs.
      assert (busy_q == runs_q && (!runs_q || (goes_on_q && 8'(elapsed_q) == cycles_q)));
      assert (runs_q ? cycles_q != 8'd0 && posted_q == (cycles_q >= 8'(offset_i) ) : cycles_q == 8'd0 && !posted_q);
    end
  end
