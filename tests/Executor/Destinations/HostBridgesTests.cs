using Migrate.Executor.Destinations;

namespace Migrate.Executor.Tests.Destinations;

public sealed class HostBridgesTests
{
    [Fact]
    public void A_bridge_is_a_device_that_the_kernel_calls_one()
    {
        var devices = Directory.CreateTempSubdirectory("migrate-bridges-").FullName;
        Directory.CreateDirectory(Path.Combine(devices, "br0", "bridge"));
        Directory.CreateDirectory(Path.Combine(devices, "eth0"));
        HostBridges.Missing(["br0", "eth0", "br1", "br1"], devices).ShouldBe(["eth0", "br1"]);
        Directory.Delete(devices, recursive: true);
    }

    [Fact]
    public void The_loopback_device_of_this_machine_is_no_bridge() => HostBridges.Missing(["lo"]).ShouldBe(["lo"]);
}
