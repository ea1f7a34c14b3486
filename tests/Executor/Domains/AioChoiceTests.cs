using Migrate.Executor.Destinations;
using Migrate.Executor.Domains;

namespace Migrate.Executor.Tests.Domains;

public sealed class AioChoiceTests
{
    private static readonly DiskAttachment Flash = DiskAttachment.Backing(2000, "/srv/a.raw", rotational: false, "xfs");

    [Fact]
    public void Flash_on_a_capable_host_gets_io_uring() => AioChoice.For(SampleVms.Debian12, Flash).Io.ShouldBe("io_uring");

    [Fact]
    public void Media_that_nobody_knows_counts_as_flash() => AioChoice.For(SampleVms.Debian12, Flash with { Rotational = null }).Io.ShouldBe("io_uring");

    [Fact]
    public void Rotating_media_gets_native() => Decides(AioChoice.For(SampleVms.Debian12, Flash with { Rotational = true }), "native", "rotates");

    [Theory]
    [InlineData("4.19.0-27-amd64", "native")]
    [InlineData("5.10.0-33-amd64", "native")]
    [InlineData("5.13.0", "io_uring")]
    [InlineData("6.1.0-56-amd64", "io_uring")]
    [InlineData("6.18.44-fc-v445", "io_uring")]
    [InlineData("5.14.0-503.el9_5.x86_64", "native")]
    [InlineData("5.14.0-700.el9_8.x86_64", "io_uring")]
    [InlineData("6.12.0-55.el10_0.x86_64", "io_uring")]
    public void The_kernel_decides(string kernel, string io) => AioChoice.For(SampleVms.Debian12 with { Kernel = kernel }, Flash).Io.ShouldBe(io);

    [Fact]
    public void A_kernel_that_forbids_io_uring_is_heard() =>
        Decides(AioChoice.For(SampleVms.Debian12 with { IoUring = new IoUringState(false, "errno 1") }, Flash), "native", "errno 1");

    [Theory]
    [InlineData(4, 2, "native")]
    [InlineData(7, 1, "native")]
    [InlineData(7, 2, "io_uring")]
    public void QEMU_decides(int major, int minor, string io) =>
        AioChoice.For(SampleVms.Debian12 with { Qemu = new Version(major, minor, 0) }, Flash).Io.ShouldBe(io);

    [Theory]
    [InlineData("nfs4")]
    [InlineData("cifs")]
    public void A_file_system_that_blocks_gets_threads(string fileSystem) =>
        Decides(AioChoice.For(SampleVms.Debian12, Flash with { FileSystem = fileSystem }), "threads", fileSystem);

    [Theory]
    [InlineData("/dev/zvol/tank/vm", "native")]
    [InlineData("/dev/mapper/vg-vm", "native")]
    [InlineData("/dev/disk/by-id/nvme-uuid.01234567-89ab-cdef-0123-456789abcdef", "io_uring")]
    public void The_kind_of_device_decides(string path, string io) =>
        AioChoice.For(SampleVms.Debian12, new DiskAttachment { DiskKey = 1, Path = path, IsBlockDevice = true }).Io.ShouldBe(io);

    private static void Decides(AioChoice choice, string io, string why)
    {
        choice.Io.ShouldBe(io);
        choice.Why.ShouldContain(why);
    }
}
