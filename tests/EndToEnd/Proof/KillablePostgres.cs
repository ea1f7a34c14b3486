using System.Diagnostics;
using System.Globalization;

namespace Migrate.EndToEnd.Tests.Proof;

/// <summary>A PostgreSQL of its own, on a Unix socket, that can be killed as a whole and comes back by its own recovery.</summary>
internal sealed class KillablePostgres : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("pgk").FullName;

    private bool _isRunning;

    public string ConnectionString => $"Host={_directory};Username=postgres;Database=migrate;Timeout=30;Command Timeout=120";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<KillablePostgres> StartNewAsync()
    {
        var cluster = new KillablePostgres();
        if (Environment.IsPrivilegedProcess)
        {
            await Programs.OutputOfAsync("chown", "postgres", cluster._directory);
        }

        await cluster.RunAsync("initdb", "-D", cluster.Data, "-A", "trust", "-U", "postgres", "-N", "-E", "UTF8", "--locale=C.UTF-8");
        await cluster.StartAsync();
        await cluster.RunAsync("createdb", "-h", cluster._directory, "-U", "postgres", "migrate");
        return cluster;
    }

    public async Task StartAsync()
    {
        // What the kernel has survives a killed process: fsync would only cost time here.
        await RunAsync("pg_ctl", "-D", Data, "-w", "-t", "120", "-l", Log, "-o", $"-k {_directory} -c listen_addresses= -c fsync=off -c max_connections=200", "start");
        _isRunning = true;
    }

    /// <summary>SIGKILL to the postmaster and to every process of it: what is in its memory is lost.</summary>
    public async Task KillAsync()
    {
        var postmaster = int.Parse((await File.ReadAllLinesAsync($"{Data}/postmaster.pid", Cancellation))[0], CultureInfo.InvariantCulture);
        // Stopped first: what it forks after its children are listed would live on without it, and the next start refuses while it does.
        await Programs.RunAsync("kill", ["-STOP", $"{postmaster}"]);
        while (StatOf(postmaster) is { State: not ('T' or 'Z') })
        {
            await Task.Delay(5, Cancellation);
        }

        var all = (int[])[postmaster, .. ChildrenOf(postmaster)];
        await Programs.RunAsync("kill", ["-KILL", .. all.Select(x => $"{x}")]);
        while (all.Any(IsAlive) || ChildrenOf(postmaster).Length > 0)
        {
            await Task.Delay(20, Cancellation);
        }

        _isRunning = false;
        // Its process may be a zombie for long, where nobody waits for orphans; PostgreSQL would take that for a live one.
        File.Delete($"{Data}/postmaster.pid");
        File.Delete($"{_directory}/.s.PGSQL.5432.lock");
    }

    public async ValueTask DisposeAsync()
    {
        if (_isRunning)
        {
            await RunAsync("pg_ctl", "-D", Data, "-m", "immediate", "-w", "stop");
        }

        Directory.Delete(_directory, recursive: true);
    }

    private string Data => $"{_directory}/data";

    private string Log => $"{_directory}/log";

    /// <summary>One that is dead and not yet waited for has no memory any more.</summary>
    private static bool IsAlive(int pid) => StatOf(pid) is { State: not 'Z' };

    private static int[] ChildrenOf(int pid) =>
        [.. Directory.GetDirectories("/proc").Select(x => int.TryParse(Path.GetFileName(x), out var id) ? id : 0).Where(x => x > 0 && StatOf(x) is { State: not 'Z' } stat && stat.Parent == pid)];

    private static (char State, int Parent)? StatOf(int pid)
    {
        try
        {
            var words = File.ReadAllText($"/proc/{pid}/stat").Split(") ").Last().Split(' ');
            return (words[0][0], int.Parse(words[1], CultureInfo.InvariantCulture));
        }
        catch (Exception ended) when (ended is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private async Task RunAsync(string program, params string[] arguments)
    {
        string[] user = Environment.IsPrivilegedProcess ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"] : [];
        // Output is not captured: the server inherits it from pg_ctl and would keep a pipe open.
        string[] words = ["-c", "exec \"$@\" >/dev/null 2>&1", "sh", .. user, $"/usr/lib/postgresql/15/bin/{program}", .. arguments];
        using var process = Process.Start(new ProcessStartInfo("sh", words) { WorkingDirectory = "/" })!;
        await process.WaitForExitAsync(CancellationToken.None);
        process.ExitCode.ShouldBe(0, $"{string.Join(' ', words)}\n{(File.Exists(Log) ? await File.ReadAllTextAsync(Log, CancellationToken.None) : "")}");
    }
}
