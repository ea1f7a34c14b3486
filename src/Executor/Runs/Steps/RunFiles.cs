using Migrate.Executor.Attachments;
using Migrate.Executor.Destinations;
using Migrate.Executor.Validation;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Runs.Steps;

/// <summary>Where a run's own files are: below the data directory, or on its KVM host where that is another machine.</summary>
public sealed class RunFiles(ExecutorOptions options, TimeProvider time)
{
    /// <summary>Written by libvirt's log daemon, which does not make directories. Another machine has libvirt's own directory of logs.</summary>
    public string ConsoleOf(Guid runId, KvmHost host) => HostProbe.IsThisMachine(host.Uri) ? Path.Combine(Consoles, $"{runId:D}.log") : $"/var/log/libvirt/qemu/{runId:N}-console.log";

    /// <summary>What conversion of its guest needs and leaves: overlays while it works, its log, which extents it changed.</summary>
    public string ConversionOf(Guid runId) => Path.Combine(options.DataDirectory, "conversions", $"{runId:D}");

    public string ConversionLogOf(Guid runId) => Path.Combine(ConversionOf(runId), "log");

    public string ChangedExtentsOf(Guid runId, int diskKey) => Path.Combine(ConversionOf(runId), $"disk-{diskKey}.changed.json");

    /// <summary>Overlays from which a rehearsal starts its guest: QEMU's user passes through it, and nobody else reads in it.</summary>
    public string RehearsalOf(Guid runId) => Path.Combine(options.DataDirectory, "rehearsals", $"{runId:D}");

    public string RehearsalConsoleOf(Guid runId) => Path.Combine(Consoles, $"{runId:D}-rehearsal.log");

    public IConsoleFile OpenConsole(Guid runId, KvmHost host) =>
        HostProbe.IsThisMachine(host.Uri) ? new LocalConsole(ConsoleOf(runId, host)) : new HostConsole(HostCommands.Of(host, time), ConsoleOf(runId, host));

    public void MakeConsoleDirectory(KvmHost host)
    {
        if (HostProbe.IsThisMachine(host.Uri))
        {
            Directory.CreateDirectory(Consoles);
        }
    }

    private string Consoles => Path.Combine(options.DataDirectory, "consoles");
}
