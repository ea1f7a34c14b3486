using System.Net;
using Migrate.Simulator.ChangeTracking;

namespace Migrate.Simulator;

public sealed record SimulatorOptions
{
    public IPAddress Listen { get; init; } = IPAddress.Loopback;
    /// <summary>0 = any free port.</summary>
    public int Port { get; init; }
    public string UserName { get; init; } = "administrator@vsphere.local";
    public string Password { get; init; } = "rehearsal";
    /// <summary>Where the certificate is kept so that the thumbprint stays; null = a new certificate each start.</summary>
    public string? StateDirectory { get; init; }
    /// <summary>Where disk files of the estate are relative to; null = the current directory.</summary>
    public string? BaseDirectory { get; init; }
    /// <summary>An idle session is forgotten after this.</summary>
    public TimeSpan SessionTimeout { get; init; } = TimeSpan.FromMinutes(30);
    /// <summary>A lease without progress for this long goes to state error.</summary>
    public TimeSpan LeaseTimeout { get; init; } = TimeSpan.FromSeconds(300);
    /// <summary>How long a task stays queued and running.</summary>
    public TimeSpan TaskDuration { get; init; } = TimeSpan.FromMilliseconds(100);
    /// <summary>How long a guest stands still when a snapshot is taken or merged.</summary>
    public TimeSpan StunDuration { get; init; }
    /// <summary>How fast the deltas of removed snapshots are merged; null = at once.</summary>
    public long? MergeBytesPerSecond { get; init; }
    /// <summary>How answers about changed disk areas are cut.</summary>
    public ChangedAreaPages ChangedAreas { get; init; } = new();
    /// <summary>Runs before each request is answered, those of /control aside: what happens to the estate between any two calls.</summary>
    public Action? BeforeRequest { get; init; }
    /// <summary>Serves /control/… to loopback clients, for scripts.</summary>
    public bool Control { get; init; }
    /// <summary>Writes every call to the console.</summary>
    public bool Verbose { get; init; }
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
