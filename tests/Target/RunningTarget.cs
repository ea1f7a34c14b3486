using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Target.Admin;
using Migrate.Target.Host;

namespace Migrate.Target.Tests;

/// <summary>A target on a free port of the loopback, in a directory of its own that goes with it.</summary>
internal sealed class RunningTarget : IAsyncDisposable
{
    public const string HostNqn = "nqn.2014-08.org.nvmexpress:uuid:7c3f1c4e-0000-4000-8000-000000000001";
    public const string OtherHostNqn = "nqn.2014-08.org.nvmexpress:uuid:7c3f1c4e-0000-4000-8000-000000000002";

    private readonly bool _ownsDirectory;

    private RunningTarget(NvmeTarget target, bool ownsDirectory)
    {
        Target = target;
        _ownsDirectory = ownsDirectory;
    }

    public NvmeTarget Target { get; private set; }

    public static async Task<RunningTarget> StartAsync(
        string? directory = null, Func<TargetOptions, TargetOptions>? change = null, ILoggerFactory? loggers = null)
    {
        var options = new TargetOptions { Directory = directory ?? Directory.CreateTempSubdirectory("migrate-target-").FullName, Port = 0 };
        options = change?.Invoke(options) ?? options;
        var target = await NvmeTarget.StartAsync(options, TimeProvider.System, loggers ?? NullLoggerFactory.Instance, TestContext.Current.CancellationToken);
        return new RunningTarget(target, directory is null);
    }

    public async Task<NamespaceInfo> CreateAsync(long bytes, Guid? uuid = null, int blockSize = 512) =>
        await Target.CreateNamespaceAsync(new NamespaceSpec(uuid ?? Guid.NewGuid(), bytes, blockSize), TestContext.Current.CancellationToken);

    public NvmeHostOptions HostOptions(string hostNqn = HostNqn) => new()
    {
        EndPoint = Target.EndPoint,
        SubsystemNqn = Target.SubsystemNqn,
        HostNqn = hostNqn,
        HostId = Guid.Parse(hostNqn[^36..]),
    };

    public Task<NvmeHost> ConnectAsync(Func<NvmeHostOptions, NvmeHostOptions>? change = null, string hostNqn = HostNqn)
    {
        var options = HostOptions(hostNqn);
        return NvmeHost.ConnectAsync(change?.Invoke(options) ?? options, TimeProvider.System, null, TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await Target.DisposeAsync();
        if (_ownsDirectory)
        {
            Directory.Delete(Target.Directory, recursive: true);
        }
    }
}
