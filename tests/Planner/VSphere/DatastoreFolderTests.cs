using Migrate.Planner.VSphere;

namespace Migrate.Planner.Tests.VSphere;

public sealed class DatastoreFolderTests
{
    private static readonly Uri Source = new("https://vc1:8443/sdk");

    [Theory]
    [InlineData("dc1", "[ds1] web01/web01-flat.vmdk", "https://vc1:8443/folder/web01/web01-flat.vmdk?dcPath=dc1&dsName=ds1")]
    [InlineData("EU/dc 1", "[ds 1+2] a b/c#d?.vmdk", "https://vc1:8443/folder/a%20b/c%23d%3F.vmdk?dcPath=EU%2Fdc%201&dsName=ds%201%2B2")]
    [InlineData("ha-datacenter", "[x] ü&%/100%.vmdk", "https://vc1:8443/folder/%C3%BC%26%25/100%25.vmdk?dcPath=ha-datacenter&dsName=x")]
    public void A_datastore_path_becomes_an_address_with_every_part_escaped(string datacenter, string path, string expected) =>
        DatastoreFolder.UriOf(Source, datacenter, path).AbsoluteUri.ShouldBe(expected);

    [Theory]
    [InlineData("web01/web01.vmdk")]
    [InlineData("[ds1]")]
    [InlineData("[] a")]
    [InlineData("[ds1] ../other/secret.vmdk")]
    public void What_is_no_datastore_path_is_refused(string path) =>
        Should.Throw<MigrateException>(() => DatastoreFolder.UriOf(Source, "dc1", path)).Code.ShouldBe("source.path-invalid");
}
