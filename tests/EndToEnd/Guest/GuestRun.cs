using System.Text;

namespace Migrate.EndToEnd.Tests.Guest;

/// <summary>One boot of a guest under QEMU (TCG) that runs a job and powers off.</summary>
internal sealed class GuestRun
{
    private const int MostBoots = 3;
    private readonly StringBuilder _console = new();

    /// <summary>The job's exit status; 124 after a timeout, 125 when the guest never told.</summary>
    public int Status { get; private set; }

    public string Console
    {
        get
        {
            lock (_console)
            {
                return _console.ToString();
            }
        }
    }

    /// <summary>
    /// Before anything of the job: QEMU's emulation of several processors can miss that a kernel patches its own code while it boots (an int3 oops at a jump label).
    /// </summary>
    private bool DiedBooting => Status != 0 && Console is var said && said.Contains("Kernel panic", StringComparison.Ordinal) && !said.Contains("GUEST-UP", StringComparison.Ordinal);

    /// <param name="image">What to boot.</param>
    /// <param name="job">Shell script that the guest runs as root.</param>
    /// <param name="onLine">Called for each line of the guest's console as it comes.</param>
    /// <param name="longest">After this the guest is ended; generous, machines are shared.</param>
    /// <param name="options">Further options of eng/guest/boot.sh.</param>
    /// <param name="cancellationToken">Ends the guest.</param>
    public static async Task<GuestRun> RunAsync(
        GuestImage image, string job, Action<string>? onLine, TimeSpan longest, IReadOnlyList<string> options, CancellationToken cancellationToken)
    {
        for (var boot = 1; ; boot++)
        {
            var run = await BootAsync(image, job, onLine, longest, options, cancellationToken);
            if (boot == MostBoots || !run.DiedBooting)
            {
                return run;
            }

            TestContext.Current.TestOutputHelper?.WriteLine($"The emulated kernel panicked before it was up (boot {boot}); it is booted again.\n{run.Console}");
        }
    }

    private static async Task<GuestRun> BootAsync(
        GuestImage image, string job, Action<string>? onLine, TimeSpan longest, IReadOnlyList<string> options, CancellationToken cancellationToken)
    {
        var run = new GuestRun();
        var path = Path.Combine(Path.GetTempPath(), $"migrate-guest-{Guid.NewGuid():N}.sh");
        await File.WriteAllTextAsync(path, job, cancellationToken);
        try
        {
            string[] arguments =
            [
                Repository.PathOf("eng", "guest", "boot.sh"), "-t", $"{(int)longest.TotalSeconds}", .. options,
                image.KernelDirectory, image.Initramfs, path,
            ];
            run.Status = await Shell.RunAsync("bash", arguments, line => run.Take(line, onLine), longest + TimeSpan.FromSeconds(30), cancellationToken);
            return run;
        }
        finally
        {
            File.Delete(path);
        }
    }

    private void Take(string line, Action<string>? onLine)
    {
        lock (_console)
        {
            _console.AppendLine(line);
        }

        onLine?.Invoke(line);
    }
}
