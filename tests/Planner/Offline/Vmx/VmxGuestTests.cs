using System.Reflection;
using Migrate.Planner.Concerns;
using Migrate.Planner.Offline.Vmx;
using Migrate.Planner.Tests.Concerns;
using Migrate.Planner.Tests.Inventory;
using Migrate.Vim25;

namespace Migrate.Planner.Tests.Offline.Vmx;

/// <summary>A .vmx file's word for its guest means the same system as vSphere's.</summary>
public sealed class VmxGuestTests
{
    [Theory]
    [InlineData("ubuntu-64", "ubuntu64Guest")]
    [InlineData("debian12-64", "debian12_64Guest")]
    [InlineData("rhel9-64", "rhel9_64Guest")]
    [InlineData("RHEL5", "rhel5Guest")]
    [InlineData("centos-64", "centos64Guest")]
    [InlineData("oraclelinux8-64", "oracleLinux8_64Guest")]
    [InlineData("rockylinux-64", "rockylinux_64Guest")]
    [InlineData("other26xlinux", "other26xLinuxGuest")]
    [InlineData("other5xlinux-64", "other5xLinux64Guest")]
    [InlineData("vmware-photon-64", "vmwarePhoton64Guest")]
    [InlineData("windows9-64", "windows9_64Guest")]
    [InlineData("windows9srv-64", "windows9Server64Guest")]
    [InlineData("windows7srv-64", "windows7Server64Guest")]
    [InlineData("windows2019srv-64", "windows2019srv_64Guest")]
    [InlineData("windows2019srvnext-64", "windows2019srvNext_64Guest")]
    [InlineData("windows11-64", "windows11_64Guest")]
    [InlineData("winxppro", "winXPProGuest")]
    [InlineData("longhorn-64", "winLonghorn64Guest")]
    [InlineData("linux", "otherLinuxGuest")]
    [InlineData("other", "otherGuest")]
    [InlineData("other-64", "otherGuest64")]
    [InlineData("debian77-64", "debian77_64Guest")]
    [InlineData("", "")]
    public void It_is_the_name_that_vSphere_has_for_it(string word, string id) => VmxGuest.IdOf(word).ShouldBe(id);

    [Fact]
    public void No_two_systems_of_vSphere_are_taken_for_one_another()
    {
        string[] ids = [.. typeof(VirtualMachineGuestOsIdentifier).GetFields(BindingFlags.Public | BindingFlags.Static).Select(f => (string)f.GetRawConstantValue()!)];
        ids.Length.ShouldBeGreaterThan(150);
        ids.ShouldAllBe(id => VmxGuest.IdOf(id.Replace("Guest", "", StringComparison.Ordinal)) == id);
    }

    [Theory]
    [InlineData("windows9-64")]
    [InlineData("windows9srv-64")]
    [InlineData("windows11-64")]
    [InlineData("windows2019srvnext-64")]
    [InlineData("rhel8-64")]
    public void A_supported_guest_is_one_without_a_name_too(string word) =>
        Judged.By("guest.os-unlisted", Estate.Vm() with { GuestId = VmxGuest.IdOf(word), GuestFullName = word, Guest = new() }).ShouldBeEmpty();

    [Fact]
    public void Another_is_still_told() =>
        Judged.By("guest.os-unlisted", Estate.Vm() with { GuestId = VmxGuest.IdOf("windows8-64"), GuestFullName = "windows8-64", Guest = new() }).ShouldHaveSingleItem().Severity.ShouldBe(ConcernSeverity.Warning);
}
