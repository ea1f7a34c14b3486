using System.Net;
using System.Security.Cryptography.X509Certificates;
using Migrate.Executor.Copy.Throttle;
using Migrate.Executor.Runs;
using Migrate.Planner.Persistence;
using Migrate.Planner.VSphere;

namespace Migrate.Api.Hosting;

/// <summary>What <c>migrate worker</c> was asked for.</summary>
internal sealed record WorkerOptions
{
    /// <summary>The PostgreSQL of the server that it works for.</summary>
    public required DatabaseOptions Database { get; init; }
    /// <summary>The server's folder of keys, or a copy: sources' passwords are encrypted with them.</summary>
    public required string Keys { get; init; }
    /// <summary>What these are encrypted to, if to anything.</summary>
    public IReadOnlyList<X509Certificate2> KeyCertificates { get; init; } = [];
    /// <summary>The admin API of the server's target: path of its socket, or https URL.</summary>
    public required string TargetAdmin { get; init; }
    public string? TargetTokenFile { get; init; }
    /// <summary>PEM file with the certificate that the admin API's must be or be issued by; null for what the system trusts.</summary>
    public string? TargetAuthority { get; init; }
    /// <summary>Where this machine reaches the target by NVMe/TCP; null for where the target says it listens.</summary>
    public IPEndPoint? Target { get; init; }
    /// <summary>Where on this machine it says how it is; null for nowhere.</summary>
    public IPEndPoint? HealthListen { get; init; }
    /// <summary>Runs that it copies at once; and passes of warm runs.</summary>
    public int Copies { get; init; } = 2;
    public int Passes { get; init; } = 4;
    /// <summary>Disks that it copies at once, by what they share.</summary>
    public CopyLimitOptions CopyLimits { get; init; } = new();
    /// <summary>What it may take of source hosts, datastores and links, beside the limits that all share.</summary>
    public IReadOnlyDictionary<ThrottleKey, ThrottleProfile> Throttles { get; init; } = new Dictionary<ThrottleKey, ThrottleProfile>();
    public string? Name { get; init; }
    public string? VddkDirectory { get; init; }
    /// <summary>Where sources may be.</summary>
    public SourceAddresses SourceAddresses { get; init; } = SourceAddresses.Usual;
    /// <summary>How long a run stays this process's without a sign of life.</summary>
    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromSeconds(30);
    /// <summary>Data that a copy sends between two checkpoints.</summary>
    public long CheckpointBytes { get; init; } = 256L << 20;
}
