using System.Diagnostics;
using System.Runtime.Versioning;
using Migrate.EndToEnd.Tests.Kvm;
using Migrate.Executor.Destinations;
using Migrate.Planner;

[assembly: AssemblyFixture(typeof(LibvirtFixture))]
[assembly: SupportedOSPlatform("linux")]

namespace Migrate.EndToEnd.Tests.Kvm;

/// <summary>
/// A real libvirtd at qemu:///system. Uses the one that runs; else starts virtlogd and libvirtd without systemd and ends, after all
/// tests, only what it started.
/// </summary>
public sealed class LibvirtFixture : IAsyncLifetime
{
    public const string Uri = "qemu:///system";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private readonly List<string> _pidFiles = [];
    private string? _directory;

    /// <summary>A directory that QEMU's user can reach, unlike what mktemp makes.</summary>
    public static string NewDirectory()
    {
        var path = Path.Combine("/var/tmp", $"migrate-kvm-{Guid.NewGuid():N}");
        Directory.CreateDirectory(path, (UnixFileMode)Convert.ToInt32("755", 8));
        return path;
    }

    public static Task<LibvirtConnection> ConnectAsync() => LibvirtConnection.OpenAsync(Uri, TimeProvider.System, TestContext.Current.CancellationToken);

    public async ValueTask InitializeAsync()
    {
        if (await AnswersAsync())
        {
            return;
        }
        _directory = NewDirectory();
        await StartDaemonAsync("virtlogd");
        await StartDaemonAsync("libvirtd");
        var began = TimeProvider.System.GetTimestamp();
        while (!await AnswersAsync())
        {
            (TimeProvider.System.GetElapsedTime(began) < Patience).ShouldBeTrue($"libvirtd was started and does not answer at {Uri}");
            await Task.Delay(200);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var file in Enumerable.Reverse(_pidFiles))
        {
            using var process = Process.GetProcessById(int.Parse(await File.ReadAllTextAsync(file), System.Globalization.CultureInfo.InvariantCulture));
            process.Kill();
            await process.WaitForExitAsync();
        }
        if (_directory is not null)
        {
            Directory.Delete(_directory, recursive: true);
        }
    }

    private async Task StartDaemonAsync(string name)
    {
        var path = "/usr/sbin/" + name;
        File.Exists(path).ShouldBeTrue($"{path} is missing: apt-get install libvirt-daemon-system (and run the tests as root)");
        var pidFile = Path.Combine(_directory!, name + ".pid");
        // Its output is not captured: the daemon in the background would keep the pipes open.
        using var daemon = Process.Start(path, ["-d", "-p", pidFile]);
        await daemon.WaitForExitAsync();
        daemon.ExitCode.ShouldBe(0, path);
        _pidFiles.Add(pidFile);
    }

    private static async Task<bool> AnswersAsync()
    {
        try
        {
            await using var connection = await LibvirtConnection.OpenAsync(Uri, TimeProvider.System, CancellationToken.None);
            return true;
        }
        catch (MigrateException absent) when (absent.Code == "libvirt.unreachable")
        {
            return false;
        }
    }
}
