using Migrate.Api.Notifications;
using Migrate.Api.Security.Proxy;
using Migrate.Api.Settings;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Migrate.Executor.Copy.Throttle;
using Migrate.Executor.Runs;
using Migrate.Planner.Baselines.Collection;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;
using Migrate.Planner.VSphere.Calls;

namespace Migrate.Api.Hosting;

/// <summary>
/// What <c>migrate serve</c> was asked for. To add a setting: an entry in Settings/SettingCatalogue, a property here, a line in Settings/SettingReading,
/// and its use in MigrateServer.
/// </summary>
internal sealed record ServeOptions
{
    public required DataDirectory Data { get; init; }
    /// <summary>The settings that made this, for people to look at.</summary>
    public SettingsInForce InForce { get; init; } = SettingsInForce.None;
    /// <summary>The PostgreSQL that workers share; null for the data directory's SQLite file.</summary>
    public DatabaseOptions? Database { get; init; }
    /// <summary>Runs that this process itself copies at once; 0 leaves copies to workers.</summary>
    public int Copies { get; init; } = 2;
    /// <summary>Where the target's admin API listens for workers on other machines, with the certificate of the https URLs and a token; null for its socket only.</summary>
    public IPEndPoint? TargetAdminListen { get; init; }
    /// <summary>Where the API listens; loopback unless TLS is configured.</summary>
    public string Urls { get; init; } = "http://127.0.0.1:7080";
    /// <summary>PEM files for https URLs.</summary>
    public string? TlsCertificate { get; init; }
    public string? TlsKey { get; init; }
    /// <summary>The reverse proxy that authenticates people; null for none.</summary>
    public TrustedProxy? Proxy { get; init; }
    /// <summary>Who is told of what happens to runs; nobody unless somebody is named.</summary>
    public NotificationOptions Notifications { get; init; } = new();
    /// <summary>Where the NVMe/TCP target listens. It has no encryption of its own: a storage network, never the Internet.</summary>
    public IPAddress TargetListen { get; init; } = IPAddress.Loopback;
    /// <summary>4420 is NVMe/TCP's registered port; 0 takes any free one.</summary>
    public int TargetPort { get; init; } = 4420;
    /// <summary>The server's own copies, too, write by the target's port, and not past it.</summary>
    public bool TargetByTcp { get; init; }
    /// <summary>VMware's disk kit on this machine; null when the operator has none, then what /folder cannot give is exported.</summary>
    public string? VddkDirectory { get; init; }
    /// <summary>How much of collected baselines is kept.</summary>
    public RetentionOptions Baselines { get; init; } = RetentionOptions.Default;
    /// <summary>What the keys at rest are encrypted to; none: the folder's permissions protect them alone.</summary>
    public IReadOnlyList<X509Certificate2> KeyCertificates { get; init; } = [];
    /// <summary>A shared database is not dumped before its schema changes: somebody else backs it up.</summary>
    public bool SkipSchemaBackup { get; init; }
    /// <summary>How long the particulars of runs that are over are kept.</summary>
    public RunRetentionOptions Runs { get; init; } = RunRetentionOptions.Default;
    /// <summary>How many inventory versions of each source are kept; those that plans were made against stay besides. 0: all.</summary>
    public int InventoryVersions { get; init; } = InventoryStore.UsualVersions;
    /// <summary>How much of each source server's API is used.</summary>
    public CallLimits SourceCalls { get; init; } = new();
    /// <summary>Passes of warm runs that this process itself makes at once; 0 leaves them to workers.</summary>
    public int Passes { get; init; } = 4;
    /// <summary>Disks that this process copies at once, by what they share.</summary>
    public CopyLimitOptions CopyLimits { get; init; } = new();
    /// <summary>What copies may take of source hosts, datastores and links: stored at the start, for all processes.</summary>
    public IReadOnlyDictionary<ThrottleKey, ThrottleProfile> Throttles { get; init; } = new Dictionary<ThrottleKey, ThrottleProfile>();
    /// <summary>How long a run stays this process's without a sign of life.</summary>
    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromSeconds(30);
    /// <summary>Data that a copy sends between two checkpoints.</summary>
    public long CheckpointBytes { get; init; } = 256L << 20;
    /// <summary>8009 is the discovery service's registered port; null for none.</summary>
    public int? DiscoveryPort { get; init; } = 8009;
}
