// DRAM's stand-in: words that the simulation fills before a run and reads after it. Rate and latency are the DMA's.
module dram #(
  parameter int unsigned Words = 2 ** 18,
  parameter int unsigned Ports = 2
) (
  input  logic                clk_i,
  input  logic [32*Ports-1:0] read_address_i,
  output logic [16*Ports-1:0] read_data_o,
  input  logic [Ports-1:0]    write_i,
  input  logic [32*Ports-1:0] write_address_i,
  input  logic [16*Ports-1:0] write_data_i
);
  localparam int unsigned AddressBits = $clog2(Words);

  logic [15:0] words_q [Words]  /*verilator public_flat_rw*/;

  // The DMA computes an address also where it reads nothing.
  logic unused_read_address;
  assign unused_read_address = ^read_address_i;

  for (genvar port = 0; port < int'(Ports); port++) begin : g_read
    assign read_data_o[16*port+:16] = words_q[read_address_i[32*port+:AddressBits]];
  end

  always_ff @(posedge clk_i) begin
    for (int unsigned port = 0; port < Ports; port++) begin
      if (write_i[port]) words_q[write_address_i[32*port+:AddressBits]] <= write_data_i[16*port+:16];
    end
  end

`ifndef SYNTHESIS
  // Words that exist, and each from one port alone.
  for (genvar port = 0; port < int'(Ports); port++) begin : g_assert
    always_ff @(posedge clk_i) begin
      if (write_i[port]) assert (write_address_i[32*port+:32] < Words);
      for (int other = 0; other < port; other++)
        assert (!write_i[port] || !write_i[other] ||
                write_address_i[32*port+:32] != write_address_i[32*other+:32]);
    end
  end
`endif
endmodule
