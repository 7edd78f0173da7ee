using VideoMesh.Chain.Contracts;
using VideoMesh.Chain.Primitives;
using VideoMesh.Miners.Media;

namespace VideoMesh.Miners.Proofs;

/// <summary>The one encoding of a rendition that an escrow's hash is over: everything that decides the bytes, and not its name.</summary>
public static class CanonicalRendition
{
    private const string Domain = "VideoMesh rendition v1";

    /// <summary>Keccak-256 of the canonical RLP encoding.</summary>
    /// <exception cref="ArgumentException">A value is not from the closed lists, as <see cref="RenditionRules.Check"/> says.</exception>
    public static Hash256 Hash(RenditionSpec spec)
    {
        RenditionRules.Check(spec);
        return new RlpWriter().StartList().Text(Domain).Text(spec.Codec.Text()).Text(spec.Preset).Number((ulong)spec.Crf).Number((ulong)spec.Width).Number((ulong)spec.Height)
            .Text(spec.PixelFormat).Text(spec.ColourRange).Text(spec.ColourPrimaries).Text(spec.ColourTransfer).Text(spec.ColourSpace).Number((ulong)spec.Orientation)
            .Number(spec.Deinterlace ? 1UL : 0).Number((ulong)spec.FrameRate.Numerator).Number((ulong)spec.FrameRate.Denominator).EndList().Keccak();
    }

    /// <summary>What an escrow says about a rendition: its name apart, all of it.</summary>
    /// <exception cref="ArgumentException">A value is not from the closed lists.</exception>
    public static JobRendition Of(RenditionSpec spec) => new(spec.Codec.Text(), spec.Preset, (uint)spec.Width, (uint)spec.Height, Hash(spec));

    /// <summary>Whether a rendition is the one that an escrow names: also by the fields that ω is reckoned from, so that nobody has cheap work priced and dear work done.</summary>
    public static bool IsOf(JobRendition asked, RenditionSpec spec)
    {
        try
        {
            return Of(spec) == asked;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
