using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Migrate.Planner.Baselines.Profiles;

namespace Migrate.Planner.Persistence;

/// <summary>
/// What lists show of VMs, and filter and sort them by: one narrow row beside each VM's <see cref="InventoryObject"/>, whose body is too wide to be looked through.
/// A synchronisation writes it together with that row; what rules and baselines say is written by Concerns.SourceVerdicts afterwards.
/// </summary>
public sealed class InventoryVm
{
    /// <summary>Before and after each word of <see cref="Datastores"/> and <see cref="ConcernIds"/>.</summary>
    public const string Between = "\n";

    /// <summary>That of the VM's <see cref="InventoryObject"/>.</summary>
    public long Id { get; set; }
    public Guid SourceId { get; set; }
    public required string Key { get; set; }
    public required string Name { get; set; }
    public int FromVersion { get; set; }
    public int? ToVersion { get; set; }
    public required string PowerState { get; set; }
    public string? HostKey { get; set; }
    public required string Folder { get; set; }
    public required string Datacenter { get; set; }
    /// <summary>Operating system as vSphere names it.</summary>
    public required string Guest { get; set; }
    /// <summary>Keys, each between two <see cref="Between"/>; empty without any.</summary>
    public required string Datastores { get; set; }
    public long CapacityBytes { get; set; }
    /// <summary>What it takes on its datastores; -1 where the source does not say.</summary>
    public long UsedBytes { get; set; }
    /// <summary>-1 where nothing has measured it.</summary>
    public long ChangeBytesPerSecond { get; set; } = -1;
    /// <summary>What the rate is; null where there is none.</summary>
    public ChangeOrigin? ChangeOrigin { get; set; }
    /// <summary>Of its concerns without a plan: 1 and the number of the worst severity, 0 where there is none, -1 before it was judged.</summary>
    public int Worst { get; set; } = -1;
    public int CriticalCount { get; set; }
    public int WarningCount { get; set; }
    public int InformationCount { get; set; }
    /// <summary>The worst first, each between two <see cref="Between"/>; empty without any.</summary>
    public string ConcernIds { get; set; } = "";
    public int CpuCount { get; set; }
    public long MemoryBytes { get; set; }
    public int DiskCount { get; set; }

    public InventoryVm Copy() => (InventoryVm)MemberwiseClone();

    /// <summary>Words in one column, so that each can be looked for as a whole.</summary>
    public static string Joined(IEnumerable<string> words)
    {
        string joined = string.Join(Between, words);
        return joined.Length == 0 ? "" : Between + joined + Between;
    }

    public static IReadOnlyList<string> Words(string joined) => joined.Split(Between, StringSplitOptions.RemoveEmptyEntries);

    internal sealed class Configuration : IEntityTypeConfiguration<InventoryVm>
    {
        public void Configure(EntityTypeBuilder<InventoryVm> builder)
        {
            builder.ToTable("inventory_vms").HasKey(x => x.Id);
            builder.Property(x => x.Id).ValueGeneratedNever();
            builder.Property(x => x.ChangeOrigin).HasConversion<string>();
            // Columns that came later.
            builder.Property(x => x.CpuCount).HasDefaultValue(0);
            builder.Property(x => x.MemoryBytes).HasDefaultValue(0L);
            builder.Property(x => x.DiskCount).HasDefaultValue(0);
            // One for each order of the list: a page ends the walk along it.
            builder.HasIndex(x => new { x.SourceId, x.Name, x.Key });
            builder.HasIndex(x => new { x.SourceId, x.PowerState, x.Key });
            // Whose groups are counted before.
            builder.HasIndex(x => new { x.SourceId, x.HostKey, x.Key, x.FromVersion, x.ToVersion }).HasDatabaseName("IX_inventory_vms_SourceId_HostKey_Key");
            builder.HasIndex(x => new { x.SourceId, x.Folder, x.Key });
            builder.HasIndex(x => new { x.SourceId, x.Datacenter, x.Key });
            builder.HasIndex(x => new { x.SourceId, x.Guest, x.Key });
            builder.HasIndex(x => new { x.SourceId, x.CapacityBytes, x.Key });
            builder.HasIndex(x => new { x.SourceId, x.UsedBytes, x.Key });
            builder.HasIndex(x => new { x.SourceId, x.ChangeBytesPerSecond, x.Key });
            builder.HasIndex(x => new { x.SourceId, x.Worst, x.Key });
        }
    }
}
