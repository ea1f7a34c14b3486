using Migrate.Executor.Copy;

namespace Migrate.Executor.Tests.Copy;

public sealed class DiskHashTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    public async Task It_is_what_Python_computes_from_the_documented_formula(int seed)
    {
        var disk = SampleDisk.Random(new Random(seed));
        var path = _folder.File("disk.raw");
        await File.WriteAllBytesAsync(path, disk, TestContext.Current.CancellationToken);

        const string Formula = """
            import sys; from hashlib import sha256; disk = open(sys.argv[1], "rb").read()
            print(sha256(b"".join(sha256(disk[o:o + 1048576]).digest() for o in range(0, len(disk), 1048576))).hexdigest())
            """;
        var expected = (await Programs.OutputOfAsync("python3", "-c", Formula, path)).Trim();

        (await SampleDisk.HashAsync(disk)).ShouldBe(expected);
        (await DiskVerify.HashAsync(new MemoryDisk(disk, new Random(0)), null, TimeProvider.System, TestContext.Current.CancellationToken)).ShouldBe(expected);
    }
}
