using System.Diagnostics;
using System.Globalization;
using System.Net;
using Migrate.Target.Host;

namespace Migrate.Benchmarks.Target;

/// <summary>The program migrate-target with one namespace, in a process of its own, which the load must share no runtime with.</summary>
internal sealed class TargetServer : IDisposable
{
    private const string SubsystemNqn = "nqn.2026-01.org.migrate:benchmark";

    private readonly Process _process;
    private readonly Guid _uuid = Guid.NewGuid();

    /// <param name="directory">Where the namespace lies.</param>
    /// <param name="capacity">Bytes of the namespace.</param>
    /// <param name="options">Of the command line, such as --cores.</param>
    public TargetServer(string directory, long capacity, params string[] options)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "migrate-target.dll");
        string[] words = [program, "serve", "--directory", directory, "--port", "0", "--nqn", SubsystemNqn, .. options, "--create", $"{_uuid}:{capacity}"];
        var start = new ProcessStartInfo("dotnet", words) { RedirectStandardOutput = true, Environment = { ["DOTNET_TieredPGO"] = "1" } };
        _process = Process.Start(start)!;
        while (_process.StandardOutput.ReadLine() is { } line)
        {
            if (line.StartsWith("listening on ", StringComparison.Ordinal))
            {
                EndPoint = IPEndPoint.Parse(line.Split(' ')[2]);
            }
            else if (line.StartsWith("namespace ", StringComparison.Ordinal))
            {
                Nsid = uint.Parse(line.Split(' ')[3], CultureInfo.InvariantCulture);
                Capacity = capacity;
                return;
            }
        }

        throw new InvalidOperationException("migrate-target did not start");
    }

    public IPEndPoint EndPoint { get; } = null!;

    public uint Nsid { get; }

    public long Capacity { get; }

    public TimeSpan Cpu
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    public int ProcessId => _process.Id;

    /// <summary>Of its namespace.</summary>
    public Guid Uuid => _uuid;

    public NvmeHostOptions Options => new()
    {
        EndPoint = EndPoint,
        SubsystemNqn = SubsystemNqn,
        HostNqn = "nqn.2014-08.org.nvmexpress:uuid:7c3f1c4e-0000-4000-8000-0000000000bb",
        HostId = Guid.Parse("7c3f1c4e-0000-4000-8000-0000000000bb"),
    };

    public LoadResult Run(LoadShape shape, TimeSpan duration, int core) => LoadGenerator.Run(Options, Nsid, Capacity, shape, duration, core, () => Cpu);

    /// <summary>Writes all of it, so that reads find data and not holes.</summary>
    public async Task FillAsync()
    {
        await using var host = await NvmeHost.ConnectAsync(Options, TimeProvider.System, null, default);
        var disk = await host.OpenAsync(_uuid, default);
        var data = new byte[1 << 20];
        Random.Shared.NextBytes(data);
        for (long at = 0; at < Capacity; at += data.Length)
        {
            await disk.WriteAsync(at, data, default);
        }

        await disk.FlushAsync(default);
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
