/** Programs for the graphics card: one pass for each channel, added up by blending. */

/** One triangle that covers everything. */
export const COVER = `#version 300 es
void main() {
  gl_Position = vec4(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0, 0.0, 1.0);
}`;

const HEAD = `#version 300 es
precision highp float;
precision highp int;
precision highp usampler2D;
precision highp sampler2D;
uniform int height;
uniform sampler2D colors;
out vec4 color;
ivec2 place() { return ivec2(int(gl_FragCoord.x), height - 1 - int(gl_FragCoord.y)); }
`;

/** Samples of up to 16 bits: their bits are the place in a table of colours. */
export const BY_TABLE = `${HEAD}
uniform usampler2D samples;
void main() {
  uint bits = texelFetch(samples, place(), 0).r;
  color = texelFetch(colors, ivec2(int(bits & 255u), int(bits >> 8u)), 0);
}`;

/** Single precision: how many of the 255 rising steps the sample reaches is its level. */
export const BY_STEPS = `${HEAD}
uniform sampler2D samples;
uniform sampler2D steps;
uniform float origin;
void main() {
  float value = texelFetch(samples, place(), 0).r - origin;
  int level = 0;
  for (int bit = 128; bit > 0; bit >>= 1)
    if (value >= texelFetch(steps, ivec2(level + bit - 1, 0), 0).r) level += bit;
  color = texelFetch(colors, ivec2(level, 0), 0);
}`;
