using Migrate.Planner.Inventory;
using Migrate.Planner.Plans;
using Migrate.Planner.Tests.Inventory;

namespace Migrate.Planner.Tests.Plans;

public class NamespaceUuidTests
{
    [Theory]
    [InlineData("5029a1b2-1111-2222-3333-444455556666", "6000c290-aaaa-bbbb-cccc-ddddeeeeffff")]
    [InlineData("00000000-0000-0000-0000-000000000000", "key:2000")]
    [InlineData("ffffffff-ffff-ffff-ffff-ffffffffffff", "x")]
    public async Task It_is_the_UUID_that_Python_computes(string instanceUuid, string diskUuid)
    {
        const string Formula = "import sys,uuid; print(uuid.uuid5(uuid.UUID(sys.argv[1]), sys.argv[2]))";
        string expected = (await Programs.OutputOfAsync("python3", "-c", Formula, instanceUuid, diskUuid)).Trim();

        NamespaceUuid.For(Guid.Parse(instanceUuid), diskUuid).ToString().ShouldBe(expected);
    }

    // RFC 9562, appendix A.4: the name space of DNS and "www.example.com".
    [Fact]
    public void It_is_the_UUID_of_the_RFCs_example() =>
        NamespaceUuid.For(Guid.Parse("6ba7b810-9dad-11d1-80b4-00c04fd430c8"), "www.example.com").ToString().ShouldBe("2ed6657d-e927-568b-95e1-2665a8aea6a2");

    [Fact]
    public void Case_makes_no_difference() =>
        NamespaceUuid.For(Guid.Empty, "6000C290-AAAA").ShouldBe(NamespaceUuid.For(Guid.Empty, "6000c290-aaaa"));

    [Fact]
    public void Disks_without_a_UUID_are_told_apart_by_their_keys()
    {
        Vm vm = Estate.Vm();

        NamespaceUuid.For(vm, Estate.Disk(2000) with { Uuid = null }).ShouldNotBe(NamespaceUuid.For(vm, Estate.Disk(2001) with { Uuid = null }));
    }

    [Fact]
    public void A_VM_without_an_identity_gets_none() =>
        Should.Throw<MigrateException>(() => NamespaceUuid.For(Estate.Vm() with { InstanceUuid = null }, Estate.Disk())).Code.ShouldBe("plan.vm-without-identity");
}
