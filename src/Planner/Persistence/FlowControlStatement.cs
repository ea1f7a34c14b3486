using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Migrate.Planner.Persistence;

/// <summary>What an operator gave as evidence of flow control around one host; what is given again replaces what was there.</summary>
public sealed class FlowControlStatement
{
    public Guid SourceId { get; set; }
    /// <summary>Name of the ESXi host.</summary>
    public required string HostName { get; set; }
    /// <summary>Iser.FlowControl by uplink, as JSON; null when nothing of the NICs was given.</summary>
    public string? Nics { get; set; }
    public string? NicsGivenBy { get; set; }
    public DateTime? NicsGivenAt { get; set; }
    /// <summary>Iser.SwitchFlowControl; null when nothing was said of the switch.</summary>
    public string? Switch { get; set; }
    public string SwitchNote { get; set; } = "";
    public string? SwitchGivenBy { get; set; }
    public DateTime? SwitchGivenAt { get; set; }

    internal sealed class Configuration : IEntityTypeConfiguration<FlowControlStatement>
    {
        public void Configure(EntityTypeBuilder<FlowControlStatement> builder) =>
            builder.ToTable("flow_control_statements").HasKey(x => new { x.SourceId, x.HostName });
    }
}
