using Migrate.EndToEnd.Tests.Kvm;
using Migrate.Executor.Conversion;

namespace Migrate.EndToEnd.Tests.Conversion;

/// <summary>Disks that libguestfs really looks into, each with what stands in the way of converting it.</summary>
public sealed class ObstacleTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(30);
    private readonly string _directory = LibvirtFixture.NewDirectory();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("empty", "conversion.no-system")]
    [InlineData("luks", "conversion.luks")]
    [InlineData("two systems", "conversion.several-systems")]
    public async Task A_disk_is_refused_by_name_and_not_changed(string kind, string code)
    {
        var disk = Path.Combine(_directory, "disk.raw");
        await MakeAsync(kind, disk);
        var before = await Overlays.HashAsync(disk, Cancellation);
        var tool = new ConversionTool(_directory, Path.Combine(_directory, "log"), await Libguestfs.OptionsAsync(), withoutKvm: true, TimeProvider.System);
        var look = Path.Combine(_directory, "look.qcow2");
        await Overlays.CreateAsync(tool, look, disk, isServed: true, Limit, Cancellation);

        var guest = await GuestInspection.RunAsync(tool, [look], Limit, Cancellation);

        Obstacles.In(guest, "web01").ShouldNotBeNull(await File.ReadAllTextAsync(Path.Combine(_directory, "log"), Cancellation)).Code.ShouldBe(code);
        (await Overlays.HashAsync(disk, Cancellation)).ShouldBe(before);
    }

    private async Task MakeAsync(string kind, string disk)
    {
        const string Partition = "printf 'label: dos\\nstart=2048, size=122880, type=83\\nstart=124928, type=83\\n' | /sbin/sfdisk -q \"$1\";";
        // As little as libguestfs takes for a system.
        const string System = """
            mkdir -p "$2"/etc "$2"/bin "$2"/dev "$2"/usr/bin "$2"/var; echo 'UUID=0a1b2c3d-1111-4222-8333-444455556666 / ext4 defaults 0 1' > "$2"/etc/fstab
            printf 'NAME="Debian GNU/Linux"\nID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n' > "$2"/etc/os-release; echo 12.0 > "$2"/etc/debian_version
            """;
        const string Fill = "/sbin/mke2fs -q -F -t ext4 -d \"$2\" -E offset=1048576 \"$1\" 60M 2>/dev/null; /sbin/mke2fs -q -F -t ext4 -d \"$2\" -E offset=63963136 \"$1\" 60M 2>/dev/null";
        var script = kind switch
        {
            "empty" => "truncate -s 128M \"$1\"",
            "luks" => "truncate -s 64M \"$1\"; echo -n secret | cryptsetup luksFormat -q --pbkdf pbkdf2 --pbkdf-force-iterations 1000 \"$1\" -",
            _ => $"truncate -s 128M \"$1\"; {Partition}\n{System}\n{Fill}",
        };
        await Programs.OutputOfAsync("bash", "-ec", script, "sh", disk, Path.Combine(_directory, "tree"));
    }
}
