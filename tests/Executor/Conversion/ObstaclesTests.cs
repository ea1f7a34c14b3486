using Migrate.Executor.Conversion;

namespace Migrate.Executor.Tests.Conversion;

public sealed class ObstaclesTests
{
    private static readonly GuestFacts Good = new() { IsOpen = true, Type = "linux", Product = "Debian GNU/Linux 12 (bookworm)", Systems = ["/dev/sda1"], Devices = Of("ext4") };

    public static TheoryData<string, string?> Cases => new()
    {
        { "good", null }, { "windows", null }, { "data volume with LUKS", null }, { "fast startup", "conversion.hibernated" }, { "woken", null },
        { "BitLocker", "conversion.bitlocker" }, { "LUKS", "conversion.luks" }, { "two systems", "conversion.several-systems" }, { "nothing", "conversion.no-system" },
        { "suspended", "conversion.hibernated" }, { "unclean", "conversion.not-mountable" }, { "freebsd", "conversion.system-unknown" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Each_has_a_name_and_a_remedy(string which, string? code)
    {
        var guest = which switch
        {
            "good" => Good,
            "windows" => Good with { Type = "windows" },
            "data volume with LUKS" => Good with { Devices = Of("crypto_LUKS") },
            "fast startup" => Good with { Type = "windows", HibernationFile = "HIBR\0\0\0\0"u8.ToArray() },
            "woken" => Good with { Type = "windows", HibernationFile = "wake\0\0\0\0"u8.ToArray() },
            "BitLocker" => new GuestFacts { IsOpen = false, Devices = Of("BitLocker") },
            "LUKS" => new GuestFacts { IsOpen = false, Devices = Of("crypto_LUKS") },
            "two systems" => new GuestFacts { IsOpen = false, Systems = ["/dev/sda1", "/dev/sdb1"], Devices = Of("ext4") },
            "nothing" => new GuestFacts { IsOpen = false },
            "suspended" => Good with { Devices = Of("swsuspend") },
            "unclean" => new GuestFacts { IsOpen = false, Systems = ["/dev/sda1"], Said = "mount: wrong fs type", Devices = Of("ext4") },
            _ => Good with { Type = "freebsd", Product = "FreeBSD 14" },
        };

        var found = Obstacles.In(guest, "web01");
        found?.Code.ShouldBe(code);
        (found is null).ShouldBe(code is null);
        if (found is not null)
        {
            found.Message.ShouldContain("'web01'");
            found.Remedy.ShouldEndWith(".");
        }
    }

    private static Dictionary<string, GuestDevice> Of(string type) => new() { ["/dev/sda1"] = new GuestDevice("/dev/sda1", type, "1", null) };
}
