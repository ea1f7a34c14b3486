namespace Migrate.Planner.Offline.Vmdk;

/// <summary>A part of a disk in a file of its own.</summary>
/// <param name="File">As the descriptor names it.</param>
/// <param name="Sectors">Its length in sectors of 512 bytes; as large as a descriptor can say, which may be more than any file is.</param>
/// <param name="AtSector">Where it begins in the file.</param>
internal sealed record VmdkExtent(string File, decimal Sectors, decimal AtSector);
