using Migrate.Api.Reports.Formats;
using Migrate.Api.Runs;
using Migrate.Executor.Domains;
using Migrate.Executor.Runs.Gates;
using Migrate.Executor.Validation;
using Migrate.Planner.Concerns;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Reports.HandOver;

/// <summary>After the move of one VM: what whoever runs it from now on should have on paper.</summary>
public sealed record HandOverReport : Report
{
    public override string Kind => "hand-over";
    public required Guid RunId { get; init; }
    public required string Vm { get; init; }
    /// <summary>Name of the plan.</summary>
    public required string Plan { get; init; }
    public required int Wave { get; init; }
    public required MigrationMode Mode { get; init; }
    public required RunPhase Phase { get; init; }
    /// <summary>Null while there is no verdict.</summary>
    public Outcome? Outcome { get; init; }
    public required int Attempt { get; init; }
    /// <summary>UTC.</summary>
    public DateTime? StartedAt { get; init; }
    /// <summary>UTC.</summary>
    public DateTime? FinishedAt { get; init; }
    public ReportFailure? Failure { get; init; }
    public required HandOverPlace From { get; init; }
    public required HandOverPlace To { get; init; }
    /// <summary>Null when the run did not shut its guest down.</summary>
    public DowntimeView? Downtime { get; init; }
    public required IReadOnlyList<HandOverDisk> Disks { get; init; }
    /// <summary>What the manifests are signed with.</summary>
    public required HandOverKey Key { get; init; }
    /// <summary>Data, boot, identity and latency, each with its reasons.</summary>
    public required IReadOnlyList<AspectVerdict> Aspects { get; init; }
    /// <summary>What the guest is known by in its networks, before and after.</summary>
    public required IReadOnlyList<IdentityRow> Identity { get; init; }
    /// <summary>The verdict of Fail, with who accepted it; null for any other.</summary>
    public FailedVerdict? FailedVerdict { get; init; }
    /// <summary>What rules and probes found about the VM, the most severe first.</summary>
    public required IReadOnlyList<Concern> Concerns { get; init; }
    public required IReadOnlyList<AcceptedRisk> AcceptedRisks { get; init; }
    /// <summary>What was not done as it was planned.</summary>
    public required IReadOnlyList<Deviation> Deviations { get; init; }
    /// <summary>Why the domain is as it is.</summary>
    public required IReadOnlyList<SettingReason> Settings { get; init; }
    /// <summary>As it was given to libvirt; null until it is defined.</summary>
    public string? DomainXml { get; init; }
    /// <summary>What was changed on the source and how it is undone.</summary>
    public required IReadOnlyList<string> SourceChanges { get; init; }
    public required HandOverWayBack WayBack { get; init; }
    /// <summary>How to prove the disks again.</summary>
    public required IReadOnlyList<HandOverCommand> VerifyAgain { get; init; }

    internal override ReportTable Table() => new(
        [
            "vm", "run", "disk_key", "disk", "source_datastore", "source_file", "destination", "namespace", "capacity_bytes", "read_bytes", "written_bytes", "zero_bytes", "copy_s", "bytes_per_second",
            "source_hash", "destination_hash", "equal", "read_back_by", "verified_at", "manifest_sha256", "manifest_signed_by",
        ],
        Disks.Select(IReadOnlyList<object?> (x) =>
        [
            Vm, RunId, x.DiskKey, x.Label, x.SourceDatastore, x.SourceFile, x.Destination, x.NamespaceUuid, x.CapacityBytes, x.BytesRead, x.BytesWritten, x.BytesZero, x.CopySeconds, x.BytesPerSecond,
            x.SourceHash, x.DestinationHash, x.Equal, x.ReadBackBy, x.VerifiedAt, x.Manifest?.Sha256, x.Manifest?.KeyId,
        ]));
}

/// <summary>Where a VM was, or is.</summary>
/// <param name="Name">Of the source or of the KVM host.</param>
/// <param name="Address">Its URL or libvirt URI.</param>
/// <param name="Machine">ESXi host, or name of the domain.</param>
/// <param name="Details">What else tells the place: guest, size, power; type of the domain, how its disks are attached.</param>
public sealed record HandOverPlace(string Name, string Address, string Machine, IReadOnlyList<string> Details);

/// <summary>One disk.</summary>
public sealed record HandOverDisk
{
    public required int DiskKey { get; init; }
    public required string Label { get; init; }
    public required string SourceDatastore { get; init; }
    public required string SourceFile { get; init; }
    /// <summary>What the domain opens: a file, or a block device of its host.</summary>
    public required string Destination { get; init; }
    public required Guid NamespaceUuid { get; init; }
    public required long CapacityBytes { get; init; }
    /// <summary>Bytes that the source sent.</summary>
    public required long BytesRead { get; init; }
    public required long BytesWritten { get; init; }
    /// <summary>Bytes that are zero and were not written.</summary>
    public required long BytesZero { get; init; }
    /// <summary>Of the first copy; null until it is done.</summary>
    public double? CopySeconds { get; init; }
    /// <summary>What the source sent over that time.</summary>
    public double? BytesPerSecond { get; init; }
    /// <summary>SHA-256 over the SHA-256 of every 1 MiB that the source sent, hex.</summary>
    public string? SourceHash { get; init; }
    /// <summary>The same, when all of the namespace was read back and is what the source sent.</summary>
    public string? DestinationHash { get; init; }
    /// <summary>Whether they are equal; null until both are known.</summary>
    public bool? Equal { get; init; }
    /// <summary>By what value what was read back was compared.</summary>
    public string? ReadBackBy { get; init; }
    /// <summary>UTC.</summary>
    public DateTime? VerifiedAt { get; init; }
    /// <summary>Null where there is none.</summary>
    public HandOverManifest? Manifest { get; init; }
}

/// <summary>What was proven of a disk, signed.</summary>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">Of the file, hex: what the signature is of.</param>
/// <param name="Signature">ECDSA on P-256, DER, in base64.</param>
/// <param name="KeyId">Which key signed it.</param>
/// <param name="IsSigned">The signature is right, by this installation's key; looked at when the report was made.</param>
public sealed record HandOverManifest(long Bytes, string Sha256, string Signature, string KeyId, bool IsSigned);

/// <summary>The installation's key.</summary>
/// <param name="Id">The first 16 hex digits of the SHA-256 of the public key.</param>
/// <param name="PublicPem">SubjectPublicKeyInfo as PEM.</param>
public sealed record HandOverKey(string Id, string PublicPem);

/// <summary>One thing that a guest is known by.</summary>
/// <param name="What">Host name, addresses of a card, gateways, …</param>
/// <param name="Before">On the source; null: not told.</param>
/// <param name="After">On the KVM host; null: not told.</param>
/// <param name="Result">equal, differs or not compared.</param>
/// <param name="Remedy">What to do about a difference, or why it was not compared.</param>
public sealed record IdentityRow(string What, string? Before, string? After, string Result, string? Remedy);

/// <summary>How to go back to the source.</summary>
/// <param name="IsPossible">Whether the run can be rolled back now.</param>
/// <param name="Statement">What it does, and what it loses.</param>
/// <param name="Until">Until when.</param>
/// <param name="Commands">Command lines.</param>
public sealed record HandOverWayBack(bool IsPossible, string Statement, string Until, IReadOnlyList<HandOverCommand> Commands);

/// <summary>A command line.</summary>
/// <param name="Line">As it is typed.</param>
/// <param name="Does">What it does.</param>
public sealed record HandOverCommand(string Line, string Does);
