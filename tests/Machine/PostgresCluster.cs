using System.Diagnostics;

[assembly: AssemblyFixture(typeof(Migrate.Tests.Machine.PostgresCluster))]

namespace Migrate.Tests.Machine;

/// <summary>
/// A private PostgreSQL of Debian's package, on a Unix socket only, for all tests of this assembly. It is started by the first test
/// that wants it. PostgreSQL refuses to run as root, so as root it runs as its package's user.
/// </summary>
public sealed class PostgresCluster : IAsyncDisposable
{
    private readonly SemaphoreSlim _once = new(1);
    private string? _directory;

    /// <summary>A connection string with a name that no database has yet, as the product finds it at its first start.</summary>
    public async Task<string> NewDatabaseAsync(CancellationToken cancellationToken)
    {
        await _once.WaitAsync(cancellationToken);
        try
        {
            _directory ??= await StartAsync(cancellationToken);
        }
        finally
        {
            _once.Release();
        }
        // Pooling off: the cluster is stopped at the end and must not wait for idle connections.
        return $"Host={_directory};Username=postgres;Database=t{Guid.NewGuid():n};Pooling=false;Timeout=60;Command Timeout=300";
    }

    /// <summary>The same, with an empty database of that name.</summary>
    public async Task<string> CreateDatabaseAsync(CancellationToken cancellationToken)
    {
        string connection = await NewDatabaseAsync(cancellationToken);
        string name = connection.Split(';').Single(part => part.StartsWith("Database=", StringComparison.Ordinal))["Database=".Length..];
        await RunAsync([Program("createdb"), "-h", _directory!, "-U", "postgres", name], cancellationToken);
        return connection;
    }

    /// <summary>As after a crash: connections are cut, what was committed is recovered. For a cluster that a test has made for itself.</summary>
    public async Task StopAsync(CancellationToken cancellationToken) =>
        await RunAsync([.. AsPostgres(), Program("pg_ctl"), "-D", $"{_directory}/data", "-m", "immediate", "-w", "stop"], cancellationToken);

    /// <summary>Starts it again after <see cref="StopAsync"/>.</summary>
    public Task StartAgainAsync(CancellationToken cancellationToken) => StartServerAsync(_directory!, cancellationToken);

    private static async Task<string> StartAsync(CancellationToken cancellationToken)
    {
        if (!File.Exists(Program("initdb")))
        {
            throw new InvalidOperationException("These tests need PostgreSQL 15: apt-get install postgresql");
        }
        // Short, because a Unix socket's path is at most 107 bytes; below /tmp, because the postgres user must be able to reach it.
        string directory = Directory.CreateTempSubdirectory("pg").FullName;
        if (Environment.IsPrivilegedProcess)
        {
            await RunAsync(["chown", "postgres", directory], cancellationToken);
        }
        await RunAsync([.. AsPostgres(), Program("initdb"), "-D", $"{directory}/data", "-A", "trust", "-U", "postgres", "-N", "-E", "UTF8", "--locale=C.UTF-8"], cancellationToken);
        await StartServerAsync(directory, cancellationToken);
        return directory;
    }

    private static Task StartServerAsync(string directory, CancellationToken cancellationToken) => RunAsync(
        [.. AsPostgres(), Program("pg_ctl"), "-D", $"{directory}/data", "-w", "-t", "300", "-l", $"{directory}/log",
            "-o", $"-k {directory} -c listen_addresses= -c fsync=off", "start"], cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_directory is not null)
        {
            await RunAsync([.. AsPostgres(), Program("pg_ctl"), "-D", $"{_directory}/data", "-m", "immediate", "-w", "stop"], CancellationToken.None);
            Directory.Delete(_directory, recursive: true);
        }
        _once.Dispose();
    }

    private static string Program(string name) => $"/usr/lib/postgresql/15/bin/{name}";

    private static string[] AsPostgres() => Environment.IsPrivilegedProcess
        ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"]
        : [];

    private static async Task RunAsync(string[] command, CancellationToken cancellationToken)
    {
        // Output is not captured: the server inherits it from pg_ctl and would keep a pipe open.
        var start = new ProcessStartInfo("sh") { WorkingDirectory = "/" };
        foreach (string argument in (string[])["-c", "exec \"$@\" >/dev/null 2>&1", "sh", .. command])
        {
            start.ArgumentList.Add(argument);
        }
        using Process process = Process.Start(start)!;
        await process.WaitForExitAsync(cancellationToken);
        process.ExitCode.ShouldBe(0, string.Join(' ', command));
    }
}
