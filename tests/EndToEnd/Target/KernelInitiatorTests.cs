using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Migrate.EndToEnd.Tests.Guest;
using Migrate.Target.Admin;

namespace Migrate.EndToEnd.Tests.Target;

/// <summary>The Linux kernel's NVMe/TCP initiator, in a guest with a kernel of Debian's and nvme-cli, against our target.</summary>
public sealed class KernelInitiatorTests
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(GuestImage.Stable, "", 3)] // as many I/O queues as the guest has CPUs, and the admin queue
    [InlineData(GuestImage.Backports, "--hdr-digest --data-digest", 3)]
    [InlineData(GuestImage.Stable, "--nr-io-queues=1 --disable-sqflow", 2)] // without flow control reads end with SUCCESS and no capsule
    public async Task Linux_discovers_connects_and_keeps_its_data(string kernel, string connectOptions, int queues)
    {
        var image = await GuestImage.PrepareAsync(kernel, Cancel);
        var directory = Directory.CreateTempSubdirectory("migrate-kernel-").FullName;
        try
        {
            await using var target = await NvmeTarget.StartAsync(
                new TargetOptions { Directory = directory, Port = 0 }, TimeProvider.System, NullLoggerFactory.Instance, Cancel);
            var system = await target.CreateNamespaceAsync(new NamespaceSpec(Guid.NewGuid(), 96 << 20), Cancel);
            var data = await target.CreateNamespaceAsync(new NamespaceSpec(Guid.NewGuid(), 64 << 20), Cancel);
            var allocated = new ConcurrentDictionary<string, long>();
            void OnLine(string line)
            {
                if (line.StartsWith("MARK ", StringComparison.Ordinal))
                {
                    allocated[line[5..].Trim()] = target.FindNamespace(data.Uuid)!.AllocatedBytes;
                }
            }

            var job = $"""
                PORT={target.EndPoint.Port} NQN={target.SubsystemNqn} UUID={system.Uuid} DATA_UUID={data.Uuid} CONNECT='{connectOptions}'
                {await File.ReadAllTextAsync(Repository.PathOf("tests", "EndToEnd", "Target", "initiator.sh"), Cancel)}
                """;

            var run = await GuestRun.RunAsync(image, job, OnLine, Longest, [], Cancel);

            run.Status.ShouldBe(0, run.Console);
            run.Console.ShouldContain("ALL-GOOD");
            run.Console.ShouldContain($"WWID uuid.{system.Uuid}"); // what udev makes /dev/disk/by-id/nvme-uuid.<uuid> of
            run.Console.ShouldContain($"NGUID {system.Uuid}");
            run.Console.ShouldContain($"ATTR tcp live queues={queues} ");
            run.Console.ShouldContain("cache=write back fua=1");
            // 20 of 32 MiB were discarded, zeroed or deallocated by the guest.
            (allocated["filled"] - allocated["punched"]).ShouldBeGreaterThanOrEqualTo(20 << 20);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public async Task Linux_sees_namespaces_come_and_go_and_two_controllers_of_one_host_see_the_same()
    {
        var image = await GuestImage.PrepareAsync(Cancel);
        var directory = Directory.CreateTempSubdirectory("migrate-kernel-").FullName;
        try
        {
            await using var target = await NvmeTarget.StartAsync(
                new TargetOptions { Directory = directory, Port = 0 }, TimeProvider.System, NullLoggerFactory.Instance, Cancel);
            var first = await target.CreateNamespaceAsync(new NamespaceSpec(Guid.NewGuid(), 8 << 20), Cancel);
            var second = new NamespaceSpec(Guid.NewGuid(), 8 << 20);
            var changes = new List<Task>();
            void OnLine(string line)
            {
                // The guest asks for each change by a mark on its console.
                changes.Add(line.Trim() switch
                {
                    "MARK create" => target.CreateNamespaceAsync(second, Cancel),
                    "MARK offline" => target.TakeOfflineAsync(first.Uuid, Cancel),
                    "MARK online" => target.BringOnlineAsync(first.Uuid, Cancel),
                    "MARK delete" => target.DeleteNamespaceAsync(second.Uuid, deleteBacking: true, Cancel),
                    _ => Task.CompletedTask,
                });
            }

            var job = $"""
                PORT={target.EndPoint.Port} NQN={target.SubsystemNqn} FIRST={first.Uuid} SECOND={second.Uuid}
                {await File.ReadAllTextAsync(Repository.PathOf("tests", "EndToEnd", "Target", "hotplug.sh"), Cancel)}
                """;

            var run = await GuestRun.RunAsync(image, job, OnLine, Longest, [], Cancel);

            await Task.WhenAll(changes);
            run.Status.ShouldBe(0, run.Console);
            run.Console.ShouldContain("ALL-GOOD");
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
