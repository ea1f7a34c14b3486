using System.Globalization;
using Migrate.EndToEnd.Tests.Guest;

namespace Migrate.EndToEnd.Tests.Target;

/// <summary>A guest in which the Linux kernel's nvmet-tcp serves a RAM disk of 64 MiB; its port is forwarded to a free one here.</summary>
internal sealed class KernelTarget : IAsyncDisposable
{
    private readonly Task<GuestRun> _guest;
    private readonly string _pidFile;

    private KernelTarget(Task<GuestRun> guest, string pidFile, int port)
    {
        _guest = guest;
        _pidFile = pidFile;
        Port = port;
    }

    public int Port { get; }

    /// <param name="image">What to boot.</param>
    /// <param name="subsystemNqn">NQN of its subsystem.</param>
    /// <param name="uuid">UUID of its namespace.</param>
    /// <param name="settings">Further variables of nvmet.sh.</param>
    /// <param name="cancellationToken">Ends the guest.</param>
    public static async Task<KernelTarget> StartAsync(GuestImage image, string subsystemNqn, Guid uuid, string settings, CancellationToken cancellationToken)
    {
        var port = Ports.Free();
        var pidFile = Path.Combine(Path.GetTempPath(), $"migrate-nvmet-{Guid.NewGuid():N}.pid");
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var job = $"""
            NQN={subsystemNqn} UUID={uuid} {settings}
            {await File.ReadAllTextAsync(Repository.PathOf("tests", "EndToEnd", "Target", "nvmet.sh"), cancellationToken)}
            """;
        var guest = GuestRun.RunAsync(image, job, line =>
        {
            if (line.Contains("TARGET-READY", StringComparison.Ordinal))
            {
                ready.TrySetResult();
            }
        }, TimeSpan.FromMinutes(10), ["-m", "512", "-f", $"hostfwd=tcp:127.0.0.1:{port}-:4420", "-P", pidFile], cancellationToken);
        if (await Task.WhenAny(ready.Task, guest) == guest)
        {
            (await guest).Console.ShouldContain("TARGET-READY");
        }

        return new KernelTarget(guest, pidFile, port);
    }

    /// <summary>Ends the guest; what it said goes to the test's output.</summary>
    public async ValueTask DisposeAsync()
    {
        if (File.Exists(_pidFile))
        {
            var pid = int.Parse((await File.ReadAllTextAsync(_pidFile, CancellationToken.None)).Trim(), CultureInfo.InvariantCulture);
            using var qemu = System.Diagnostics.Process.GetProcessById(pid);
            qemu.Kill();
            File.Delete(_pidFile);
        }

        TestContext.Current.TestOutputHelper?.WriteLine((await _guest).Console);
    }
}
