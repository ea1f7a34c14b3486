using Migrate.Executor.Sources;

namespace Migrate.Executor.Tests.Sources;

public sealed class DiskReadersTests
{
    [Theory]
    [InlineData("[ds1] web01/web01.vmdk", "[ds1] web01/web01-flat.vmdk")]
    [InlineData("[ds1] web01/web01_1.vmdk", "[ds1] web01/web01_1-flat.vmdk")]
    [InlineData("[ds1] web01/web01-flat.vmdk", "[ds1] web01/web01-flat.vmdk")]
    [InlineData("[my ds] a b/odd.name", "[my ds] a b/odd.name-flat.vmdk")]
    public void The_flat_file_lies_beside_its_descriptor(string descriptor, string flat) => DiskReaders.FlatFileOf(descriptor).ShouldBe(flat);
}
