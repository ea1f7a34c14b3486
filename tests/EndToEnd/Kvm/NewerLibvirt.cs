using System.Diagnostics;
using Migrate.Executor.Destinations;
using Migrate.Planner;

namespace Migrate.EndToEnd.Tests.Kvm;

/// <summary>libvirt 11.3 with QEMU 10.0 (bookworm-backports) in name spaces of its own, beside the machine's libvirt.</summary>
public sealed class NewerLibvirt : IAsyncLifetime
{
    /// <summary>At its first question it asks every QEMU what it can, which takes minutes on a busy machine.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);
    private readonly string _directory = LibvirtFixture.NewDirectory();
    private Process? _process;

    public string Uri => $"qemu+unix:///system?socket={_directory}/libvirt-sock";

    /// <summary>Where the packages' files are.</summary>
    public static string Packages => Path.Combine(Repository.Artifacts, "libvirt-11");

    public Task<LibvirtConnection> ConnectAsync() => LibvirtConnection.OpenAsync(Uri, TimeProvider.System, TestContext.Current.CancellationToken);

    public async ValueTask InitializeAsync()
    {
        var script = Repository.PathOf("eng", "guest", "libvirt.sh");
        await Programs.OutputOfAsync("bash", script, "unpack", Packages);
        var log = Path.Combine(_directory, "log");
        // The daemon writes to a file: pipes that nobody reads would hold it up.
        _process = Process.Start("bash", ["-c", $"exec bash '{script}' run '{Packages}' '{_directory}' > '{log}' 2>&1 < /dev/null"]);
        var began = TimeProvider.System.GetTimestamp();
        while (!await AnswersAsync())
        {
            if (_process.HasExited || TimeProvider.System.GetElapsedTime(began) > Patience)
            {
                throw new ShouldAssertException(File.Exists(log) ? await File.ReadAllTextAsync(log) : "No log."); // The shell makes it when it gets so far.
            }

            await Task.Delay(500);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            _process.Kill(); // With it everything in its name space of processes.
            await _process.WaitForExitAsync();
            _process.Dispose();
        }
        Directory.Delete(_directory, recursive: true);
    }

    private async Task<bool> AnswersAsync()
    {
        try
        {
            await using var connection = await LibvirtConnection.OpenAsync(Uri, TimeProvider.System, CancellationToken.None);
            return (await connection.VersionsAsync(CancellationToken.None)).Hypervisor >= new Version(10, 0);
        }
        catch (MigrateException)
        {
            return false;
        }
    }
}
