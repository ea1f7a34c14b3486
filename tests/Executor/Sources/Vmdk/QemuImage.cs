namespace Migrate.Executor.Tests.Sources.Vmdk;

/// <summary>Stream-optimized images by a writer that is not ours.</summary>
internal static class QemuImage
{
    public static async Task<byte[]> StreamOptimizedAsync(byte[] disk)
    {
        var folder = Directory.CreateTempSubdirectory("migrate-vmdk-").FullName;
        try
        {
            var (raw, vmdk) = (Path.Combine(folder, "d.raw"), Path.Combine(folder, "d.vmdk"));
            await File.WriteAllBytesAsync(raw, disk, TestContext.Current.CancellationToken);
            await Programs.OutputOfAsync("qemu-img", "convert", "-f", "raw", "-O", "vmdk", "-o", "subformat=streamOptimized", raw, vmdk);
            return await File.ReadAllBytesAsync(vmdk, TestContext.Current.CancellationToken);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
