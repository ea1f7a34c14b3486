using System.Security.Cryptography;
using System.Text;
using Migrate.Executor.Attachments;
using Migrate.Executor.Copy;
using Migrate.Executor.Manifests;
using Migrate.Executor.Tests.Copy;
using Migrate.Planner;

namespace Migrate.Executor.Tests.Manifests;

/// <summary>Manifests are written by us and checked by openssl and Python, which know nothing of us; and the other way round by ourselves.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class ManifestTests : IDisposable
{
    private const int Extents = 40;
    private readonly TemporaryFolder _folder = new();
    private readonly byte[] _disk = new byte[(Extents * Extent.Size) + 4096];
    private readonly InstallationKey _key;

    public ManifestTests()
    {
        _key = InstallationKey.ReadOrCreate(_folder.Path);
        var random = new Random(3);
        for (var index = 0; index <= Extents; index += 2)
        {
            random.NextBytes(_disk.AsSpan(index * Extent.Size, Extent.LengthOf(index, _disk.Length))); // the others stay zero
        }
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string FileName => _folder.File("disk-2000.manifest");

    private string Device => _folder.File("disk.raw");

    public void Dispose()
    {
        _key.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_disk_that_is_as_it_was_is_equal_and_every_changed_extent_is_found()
    {
        await WriteAsync();
        using var manifest = ManifestFile.Open(FileName);
        manifest.CheckSignature(_key.PublicPem);
        var read = 0L;
        var whole = await ManifestCheck.RunAsync(manifest, Device, new Highest(x => read = Math.Max(read, x)), TimeProvider.System, Cancel);
        (whole.Equal, whole.Extents, read).ShouldBe((true, Extents + 1L, (long)_disk.Length));

        await using (var device = File.Open(Device, FileMode.Open, FileAccess.ReadWrite))
        {
            foreach (var offset in new long[] { (4L * Extent.Size) + 17, 7L * Extent.Size, _disk.Length - 1 }) // data, zero, and the last byte
            {
                device.Position = offset;
                device.WriteByte(0x5a);
            }
        }

        var changed = await ManifestCheck.RunAsync(manifest, Device, null, TimeProvider.System, Cancel);
        changed.Differing.ShouldBe(3);
        changed.FirstOffsets.ShouldBe([4L * Extent.Size, 7L * Extent.Size, (long)Extents * Extent.Size]);
    }

    [Fact]
    public async Task A_sample_is_of_the_disk_as_it_was_copied_with_its_first_and_last_data_and_some_zeroes()
    {
        await WriteAsync();
        using var manifest = ManifestFile.Open(FileName);

        var sample = AttachSample.Of(manifest, new Random(5));

        sample.ShouldBe([.. sample.Select(one => (one.Extent, Hash(one.Extent)))]);
        sample.Select(one => one.Extent).ShouldBe(sample.Select(one => one.Extent).Distinct().Order());
        sample.Select(one => one.Extent).ShouldContain(0);
        sample.Select(one => one.Extent).ShouldContain(Extents);
        sample.Count(one => one.Extent % 2 == 1).ShouldBe(8, "zero extents that turn out to hold something are found, too");
        sample.Count(one => one.Extent % 2 == 0).ShouldBe((Extents / 2) + 1, "a small disk is read whole");

        string Hash(long index) => Convert.ToHexStringLower(SHA256.HashData(_disk.AsSpan((int)index * Extent.Size, Extent.LengthOf(index, _disk.Length))));
    }

    [Fact]
    public async Task Openssl_finds_the_signature_right_and_a_changed_manifest_wrong()
    {
        await WriteAsync();
        string[] verify = ["dgst", "-sha256", "-verify", _folder.File(InstallationKey.PublicName), "-signature", ManifestFile.SignatureOf(FileName), FileName];
        (await Programs.OutputOfAsync("openssl", verify)).ShouldContain("Verified OK");

        var bytes = await File.ReadAllBytesAsync(FileName, Cancel);
        bytes[^1] ^= 1;
        await File.WriteAllBytesAsync(FileName, bytes, Cancel);

        (await Programs.RunAsync("openssl", verify)).ExitCode.ShouldNotBe(0);
        using var manifest = ManifestFile.Open(FileName);
        Should.Throw<MigrateException>(() => manifest.CheckSignature(_key.PublicPem)).Code.ShouldBe("manifest.forged");
    }

    /// <summary>The script of docs/manifests.md.</summary>
    [Fact]
    public async Task The_documented_script_reads_it_and_compares_the_disk()
    {
        await WriteAsync();
        var document = await File.ReadAllTextAsync(Repository.PathOf("docs", "manifests.md"), Cancel);
        var script = document.Split("```python\n")[1].Split("```")[0];
        await File.WriteAllTextAsync(_folder.File("check.py"), script, Cancel);

        (await Programs.OutputOfAsync("python3", _folder.File("check.py"), FileName, Device)).ShouldContain("41 extents, 0 differ");
    }

    [Fact]
    public async Task Another_installations_key_does_not_do()
    {
        await WriteAsync();
        using var other = InstallationKey.ReadOrCreate(Directory.CreateDirectory(_folder.File("other")).FullName);
        other.Id.ShouldNotBe(_key.Id);
        using var manifest = ManifestFile.Open(FileName);
        Should.Throw<MigrateException>(() => manifest.CheckSignature(other.PublicPem)).Message.ShouldContain(_key.Id);
    }

    [Fact]
    public async Task What_was_cut_or_is_something_else_is_refused()
    {
        await WriteAsync();
        var whole = await File.ReadAllBytesAsync(FileName, Cancel);
        foreach (var length in new[] { 0, 1, 40, 300, whole.Length - 1 })
        {
            await File.WriteAllBytesAsync(FileName, whole[..length], Cancel);
            Should.Throw<MigrateException>(() => ManifestFile.Open(FileName)).Code.ShouldBe("manifest.unreadable", $"{length} bytes");
        }

        await File.WriteAllTextAsync(FileName, "{}\n", Encoding.UTF8, Cancel);
        Should.Throw<MigrateException>(() => ManifestFile.Open(FileName)).Code.ShouldBe("manifest.unreadable");
    }

    [Fact]
    public async Task A_disk_that_is_too_small_or_missing_is_named()
    {
        await WriteAsync();
        using var manifest = ManifestFile.Open(FileName);
        await File.WriteAllBytesAsync(Device, new byte[4096], Cancel);
        (await Should.ThrowAsync<MigrateException>(() => ManifestCheck.RunAsync(manifest, Device, null, TimeProvider.System, Cancel))).Code.ShouldBe("manifest.device-size");
        (await Should.ThrowAsync<MigrateException>(() => ManifestCheck.RunAsync(manifest, _folder.File("none"), null, TimeProvider.System, Cancel))).Code.ShouldBe("manifest.device-unreadable");
    }

    [Fact]
    public void The_key_stays_over_starts_is_its_owners_alone_and_refused_when_it_is_not()
    {
        var path = _folder.File(InstallationKey.PrivateName);
        File.GetUnixFileMode(path).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        using (var again = InstallationKey.ReadOrCreate(_folder.Path))
        {
            again.Id.ShouldBe(_key.Id);
        }

        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        Should.Throw<MigrateException>(() => InstallationKey.ReadOrCreate(_folder.Path)).Code.ShouldBe("manifest.key-unusable");
    }

    private async Task WriteAsync()
    {
        await File.WriteAllBytesAsync(Device, _disk, Cancel);
        var hashes = new ExtentHashes(_disk.Length);
        var data = 0;
        for (var index = 0; index <= Extents; index++)
        {
            var extent = _disk.AsSpan(index * Extent.Size, Extent.LengthOf(index, _disk.Length));
            if (index % 2 == 1)
            {
                hashes.SetZero(index, 1);
            }
            else
            {
                hashes.SetData(index, SHA256.HashData(extent));
                data++;
            }
        }

        var hash = DiskHash.Of(hashes);
        var manifest = new DiskManifest
        {
            Run = Guid.NewGuid(),
            Vm = "web01",
            DiskKey = 2000,
            Label = "Hard disk 1",
            Namespace = Guid.NewGuid(),
            CapacityBytes = _disk.Length,
            ExtentBytes = Extent.Size,
            DataExtents = data,
            SourceHash = hash,
            DestinationHash = hash,
            VerifiedAt = DateTime.UtcNow,
            CreatedAt = DateTime.UtcNow,
            Program = "test",
            KeyId = _key.Id,
        };
        ManifestFile.Write(FileName, manifest, hashes, _key, Cancel);
    }

    private sealed class Highest(Action<long> report) : IProgress<long>
    {
        public void Report(long value)
        {
            lock (this)
            {
                report(value);
            }
        }
    }
}
