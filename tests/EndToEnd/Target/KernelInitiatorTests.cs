using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Migrate.EndToEnd.Tests.Guest;
using Migrate.Target.Admin;

namespace Migrate.EndToEnd.Tests.Target;

/// <summary>The Linux kernel's NVMe/TCP initiator, in a guest with a kernel of Debian's and nvme-cli, against our target.</summary>
public sealed class KernelInitiatorTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(GuestImage.Stable, "ext4", 512, "", 3)] // as many I/O queues as the guest has CPUs, and the admin queue
    [InlineData(GuestImage.Backports, "xfs", 4096, "--hdr-digest --data-digest", 3)]
    [InlineData(GuestImage.Stable, "ext4", 512, "--nr-io-queues=1 --disable-sqflow", 2)] // without flow control reads end with SUCCESS and no capsule
    public async Task Linux_connects_and_keeps_its_data(string kernel, string fileSystem, int block, string connectOptions, int queues)
    {
        var directory = Directory.CreateTempSubdirectory("migrate-kernel-").FullName;
        try
        {
            await using var target = await StartAsync(new TargetOptions { Directory = directory, Port = 0 });
            var system = await target.CreateNamespaceAsync(new NamespaceSpec(Guid.NewGuid(), 512 << 20, block), Cancel); // xfs wants 300 MiB
            var data = await target.CreateNamespaceAsync(new NamespaceSpec(Guid.NewGuid(), 64 << 20, block), Cancel);
            var allocated = new ConcurrentDictionary<string, long>();
            void OnLine(string line)
            {
                if (line.StartsWith("MARK ", StringComparison.Ordinal))
                {
                    allocated[line[5..].Trim()] = target.FindNamespace(data.Uuid)!.AllocatedBytes;
                }
            }

            var console = await KernelGuest.RunAsync(kernel, "initiator.sh",
                [.. Common(target), $"UUID={system.Uuid}", $"DATA_UUID={data.Uuid}", $"FS={fileSystem}", $"BLOCK={block}", $"CONNECT={connectOptions}"],
                OnLine);

            console.ShouldContain($"WWID uuid.{system.Uuid}"); // what udev makes /dev/disk/by-id/nvme-uuid.<uuid> of
            console.ShouldContain($"NGUID {system.Uuid}");
            console.ShouldContain($"ATTR tcp live queues={queues} ");
            console.ShouldContain("cache=write back fua=1");
            // 20 of 32 MiB were discarded, zeroed or deallocated by the guest.
            (allocated["filled"] - allocated["punched"]).ShouldBeGreaterThanOrEqualTo(20 << 20);
            target.ReadStatistics().Namespaces.Values.ShouldAllBe(n => n.Errors.Count == 0);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Theory]
    [InlineData(GuestImage.Stable)]
    [InlineData(GuestImage.Backports)]
    public async Task Every_command_of_nvme_cli_that_the_target_announces_works(string kernel)
    {
        var directory = Directory.CreateTempSubdirectory("migrate-kernel-").FullName;
        try
        {
            await using var target = await StartAsync(new TargetOptions
            {
                Directory = directory,
                Port = 0,
                DiscoveryPort = 0,
                AdvertisedAddress = IPAddress.Parse("10.0.2.2"), // the guest's network translates: the target sees 127.0.0.1
            });
            var one = await target.CreateNamespaceAsync(new NamespaceSpec(Guid.NewGuid(), 16 << 20), Cancel);

            await KernelGuest.RunAsync(kernel, "commands.sh",
                [.. Common(target), $"UUID={one.Uuid}", $"DISCOVERY_PORT={target.DiscoveryEndPoint!.Port}", "CONNECT="]);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public async Task Linux_sees_namespaces_come_and_go_and_two_controllers_of_one_host_see_the_same()
    {
        var directory = Directory.CreateTempSubdirectory("migrate-kernel-").FullName;
        try
        {
            await using var target = await StartAsync(new TargetOptions { Directory = directory, Port = 0 });
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

            await KernelGuest.RunAsync(
                GuestImage.Stable, "hotplug.sh", [.. Common(target), $"FIRST={first.Uuid}", $"SECOND={second.Uuid}"], OnLine);

            await Task.WhenAll(changes);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static Task<NvmeTarget> StartAsync(TargetOptions options) =>
        NvmeTarget.StartAsync(options, TimeProvider.System, NullLoggerFactory.Instance, Cancel);

    private static string[] Common(NvmeTarget target) => [$"PORT={target.EndPoint.Port}", $"NQN={target.SubsystemNqn}"];
}
