using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Migrate.EndToEnd.Tests.Guest;
using Migrate.Target.Admin;

namespace Migrate.EndToEnd.Tests.Target;

/// <summary>The Linux kernel on two paths to one namespace: paths go and come, the namespace grows, the host is drained, all under I/O.</summary>
public sealed class PathsTests
{
    private const ushort SecondPort = 10;

    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(15);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(GuestImage.Stable)]
    [InlineData(GuestImage.Backports)]
    public async Task Linux_follows_paths_size_and_drains_without_an_error(string kernel)
    {
        var image = await GuestImage.PrepareAsync(kernel, Cancel);
        var directory = Directory.CreateTempSubdirectory("migrate-paths-").FullName;
        try
        {
            await using var target = await NvmeTarget.StartAsync(
                new TargetOptions { Directory = directory, Port = 0, MorePorts = [new PortSpec(SecondPort, IPAddress.Loopback, 0)] },
                TimeProvider.System, NullLoggerFactory.Instance, Cancel);
            var one = await target.CreateNamespaceAsync(new NamespaceSpec(Guid.NewGuid(), 16 << 20), Cancel);
            var changes = new List<Task>();
            void OnLine(string line)
            {
                // The guest asks for each change by a mark on its console.
                changes.Add(line.Trim() switch
                {
                    "MARK first away" => SetAsync(1, AnaState.Inaccessible),
                    "MARK second alone" => SetAsync(SecondPort, AnaState.NonOptimized),
                    "MARK swap" => Task.WhenAll(SetAsync(1, AnaState.Optimized), SetAsync(SecondPort, AnaState.Inaccessible)),
                    "MARK both away" => SetAsync(1, AnaState.Inaccessible),
                    "MARK both back" => Task.WhenAll(SetAsync(1, AnaState.Optimized), SetAsync(SecondPort, AnaState.Optimized)),
                    "MARK grow" => target.ResizeNamespaceAsync(one.Uuid, 32 << 20, allowDataLoss: false, Cancel),
                    "MARK drain" => DrainAsync(),
                    "MARK resume" => target.ResumeHostAsync(HostNqn(), Cancel),
                    _ => Task.CompletedTask,
                });
            }

            var job = $"""
                PORT={target.EndPoint.Port} SECOND_PORT={target.ListPorts().Single(p => p.Id == SecondPort).EndPoint.Port} NQN={target.SubsystemNqn} UUID={one.Uuid}
                {await File.ReadAllTextAsync(Repository.PathOf("tests", "EndToEnd", "Target", "paths.sh"), Cancel)}
                """;

            var run = await GuestRun.RunAsync(image, job, OnLine, Longest, [], Cancel);

            await Task.WhenAll(changes);
            run.Status.ShouldBe(0, run.Console);
            run.Console.ShouldContain("ALL-GOOD");
            var totals = target.ReadStatistics().Namespaces[one.Uuid];
            totals.Errors.Keys.ShouldAllBe(status => status == 0x302, "nothing but the path's state was answered with an error");

            Task SetAsync(ushort port, AnaState state) => target.SetAnaStateAsync(target.SubsystemNqn, port, 1, state, Cancel);
            string HostNqn() => target.ListHosts().ShouldHaveSingleItem().Nqn;
            async Task DrainAsync() => (await target.DrainHostAsync(HostNqn(), TimeSpan.FromMinutes(2), Cancel)).ShouldBeTrue();
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
