using System.Security;
using Migrate.Planner.Concerns;
using Migrate.Planner.Tests.Inventory;

namespace Migrate.Planner.Tests.Concerns;

public class DomainNameTests
{
    /// <summary>libvirt's own parser is asked, through its test driver.</summary>
    [Theory]
    [InlineData("web01", true)]
    [InlineData("Web Server (old) – ü", true)]
    [InlineData("a%2fb", true)]
    [InlineData("a/b", false)]
    [InlineData("a\nb", false)]
    [InlineData("", false)]
    public async Task The_rule_and_libvirt_agree(string name, bool good)
    {
        string file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, $"<domain type='test'><name>{SecurityElement.Escape(name)}</name><memory>1024</memory><os><type>hvm</type></os></domain>",
                TestContext.Current.CancellationToken);
            ProgramResult virsh = await Programs.RunAsync("virsh", "-q", "-c", "test:///default", "define", file);

            (virsh.ExitCode == 0).ShouldBe(good, virsh.Errors);
            Judged.By("vm.name", Estate.Vm() with { Name = name }).Count.ShouldBe(good ? 0 : 1);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData(251, 0)]
    [InlineData(252, 1)]
    public void A_name_must_fit_into_a_file_name_with_its_ending(int length, int concerns) =>
        Judged.By("vm.name", Estate.Vm() with { Name = new string('x', length) }).Count.ShouldBe(concerns);

    [Fact]
    public void A_name_that_cannot_be_is_critical() => Judged.By("vm.name", Estate.Vm() with { Name = "a/b" }).ShouldFire(ConcernSeverity.Critical, "a/b");
}
