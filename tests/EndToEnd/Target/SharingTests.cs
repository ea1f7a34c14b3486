using Microsoft.Extensions.Logging.Abstractions;
using Migrate.EndToEnd.Tests.Guest;
using Migrate.Target.Admin;

namespace Migrate.EndToEnd.Tests.Target;

/// <summary>Two hosts by Linux and nvme-cli on the same namespaces: Compare, Verify, Copy, zeroing, and reservations through a restart of the target.</summary>
public sealed class SharingTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(GuestImage.Stable)]
    [InlineData(GuestImage.Backports)]
    public async Task Hosts_compare_copy_and_reserve_by_nvme_cli(string kernel)
    {
        var image = await GuestImage.PrepareAsync(kernel, Cancel);
        var directory = Directory.CreateTempSubdirectory("migrate-sharing-").FullName;
        var target = await StartAsync(directory, 0);
        var port = target.EndPoint.Port;
        try
        {
            var small = await target.CreateNamespaceAsync(new NamespaceSpec(Guid.NewGuid(), 16 << 20), Cancel);
            var big = await target.CreateNamespaceAsync(new NamespaceSpec(Guid.NewGuid(), 16 << 20, 4096), Cancel);
            var restart = Task.CompletedTask;
            async Task RestartAsync()
            {
                await target.DisposeAsync();
                await Task.Delay(TimeSpan.FromSeconds(3), Cancel);
                target = await StartAsync(directory, port);
            }

            var job = $"""
                PORT={port} NQN={target.SubsystemNqn} UUID={small.Uuid} BIG={big.Uuid}
                {await File.ReadAllTextAsync(Repository.PathOf("tests", "EndToEnd", "Target", "sharing.sh"), Cancel)}
                """;
            var run = await GuestRun.RunAsync(image, job, line =>
            {
                if (line.Trim() == "MARK restart")
                {
                    restart = RestartAsync();
                }
            }, TimeSpan.FromMinutes(10), [], Cancel);

            await restart;
            run.Status.ShouldBe(0, run.Console);
            run.Console.ShouldContain("ALL-GOOD");
        }
        finally
        {
            await target.DisposeAsync();
            Directory.Delete(directory, recursive: true);
        }
    }

    private static Task<NvmeTarget> StartAsync(string directory, int port) =>
        NvmeTarget.StartAsync(new TargetOptions { Directory = directory, Port = port }, TimeProvider.System, NullLoggerFactory.Instance, Cancel);
}
