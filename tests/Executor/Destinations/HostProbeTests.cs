using Migrate.Executor.Destinations;

namespace Migrate.Executor.Tests.Destinations;

public sealed class HostProbeTests
{
    [Fact]
    public void Libvirts_packed_versions_are_unpacked() => LibvirtVersions.Unpack(11_003_007).ShouldBe(new Version(11, 3, 7));

    [Fact]
    public void The_kernel_is_asked_for_an_io_uring_and_the_answer_has_a_reason()
    {
        var state = IoUring.Probe();
        state.Detail.ShouldNotBeEmpty();
        if (File.Exists("/proc/sys/kernel/io_uring_disabled") && File.ReadAllText("/proc/sys/kernel/io_uring_disabled").Trim() != "0")
        {
            state.Usable.ShouldBeFalse();
        }
    }
}
