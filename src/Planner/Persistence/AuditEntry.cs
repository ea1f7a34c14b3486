using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Migrate.Planner.Persistence;

/// <summary>
/// One line of the audit log. Lines are only ever added. Each carries the hash of the one before, so that one that is
/// changed, taken out or put in shows; docs/security.md says how the hash is made.
/// </summary>
public sealed class AuditEntry
{
    /// <summary>From 1, without gaps.</summary>
    public long Sequence { get; set; }
    /// <summary>UTC, to the millisecond.</summary>
    public DateTime At { get; set; }
    /// <summary>asked: somebody wants something changed, written before it is. answered: what came of it. event: all else, such as a login.</summary>
    public required string Kind { get; set; }
    /// <summary>Of an answer: the sequence of what was asked.</summary>
    public long? AskedAs { get; set; }
    /// <summary>The account.</summary>
    public required string Who { get; set; }
    /// <summary>How it proved that: admin-token, session, key:ID, proxy.</summary>
    public required string Through { get; set; }
    /// <summary>IP address that the call came from.</summary>
    public required string CameFrom { get; set; }
    /// <summary>The operation's name as the API's description has it, e.g. CutOverRun; of a page, its form.</summary>
    public required string Action { get; set; }
    /// <summary>What it was done to, e.g. plans/first/waves/1.</summary>
    public required string Target { get; set; }
    /// <summary>Of an answer: the HTTP status, and the problem's code if it was refused.</summary>
    public required string Outcome { get; set; }
    /// <summary>What was said as reason.</summary>
    public required string Reason { get; set; }
    public required string TraceId { get; set; }
    /// <summary>SHA-256 of this line and the hash before it, in hex.</summary>
    public required string Hash { get; set; }
    /// <summary>The installation's signature of the hash, DER in Base64.</summary>
    public required string Signature { get; set; }

    internal sealed class Configuration : IEntityTypeConfiguration<AuditEntry>
    {
        public void Configure(EntityTypeBuilder<AuditEntry> builder)
        {
            builder.ToTable("audit").HasKey(x => x.Sequence);
            builder.Property(x => x.Sequence).ValueGeneratedNever();
            builder.HasIndex(x => new { x.Who, x.Sequence });
            builder.HasIndex(x => new { x.Action, x.Sequence });
            builder.HasIndex(x => new { x.Target, x.Sequence });
            builder.HasIndex(x => x.AskedAs);
        }
    }
}
