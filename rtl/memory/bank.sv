// A bank of on-chip memory: writes at the clock's edge, reads in the same cycle. Of two writes to one address the
// higher port's stays.
module bank #(
  parameter int Width      = 32,
  parameter int Words      = 8192,
  parameter int WritePorts = 1,
  parameter int ReadPorts  = 1
) (
  input  logic                        clk_i,
  input  logic [WritePorts-1:0]       write_i,
  input  logic [16*WritePorts-1:0]    write_address_i,
  input  logic [Width*WritePorts-1:0] write_data_i,
  input  logic [16*ReadPorts-1:0]     read_address_i,
  output logic [Width*ReadPorts-1:0]  read_data_o
);
  localparam int AddressBits = $clog2(Words);

  logic [Width-1:0] words_q [Words];

  // Readers name words that exist, or look away.
  logic unused_read_address;
  assign unused_read_address = ^read_address_i;

  always_ff @(posedge clk_i) begin
    for (int port = 0; port < WritePorts; port++) begin
      if (write_i[port]) words_q[write_address_i[16*port+:AddressBits]] <= write_data_i[Width*port+:Width];
    end
  end

  for (genvar port = 0; port < int'(ReadPorts); port++) begin : g_read
    assign read_data_o[Width*port+:Width] = words_q[read_address_i[16*port+:AddressBits]];
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    for (int port = 0; port < WritePorts; port++) begin
      if (write_i[port]) assert (32'(write_address_i[16*port+:16]) < Words);
    end
  end
`endif
endmodule
